-- The trigger that takes writes of the view to the new table. DELETE stays with the server, which does it as on a table.
-- Locks: the view, that nobody uses yet.
-- Twice: yes.
CREATE OR REPLACE TRIGGER {trigger} INSTEAD OF INSERT OR UPDATE ON {view} FOR EACH ROW EXECUTE FUNCTION {function}(%(table)s);
