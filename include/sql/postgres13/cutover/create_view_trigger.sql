-- The trigger that takes writes of the view to the new table. DELETE stays with the server, which does it as on a table.
-- Locks: the view, that nobody uses yet.
-- Twice: no, it is there. Before version 14 none is replaced: whoever runs this looks first.
CREATE TRIGGER {trigger} INSTEAD OF INSERT OR UPDATE ON {view} FOR EACH ROW EXECUTE FUNCTION {function}(%(table)s);
