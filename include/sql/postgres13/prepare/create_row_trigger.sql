-- The trigger that notes changed keys. Our own apply sets it off and notes nothing: that is looked at in its function, for a WHEN is
-- parsed anew for every statement of the writers'.
-- Locks: the table, SHARE ROW EXCLUSIVE: writers wait. Only below a lock that was granted in time.
-- Twice: no, it is there. Before version 14 none is replaced: whoever runs this looks first.
CREATE TRIGGER {trigger} AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}();
