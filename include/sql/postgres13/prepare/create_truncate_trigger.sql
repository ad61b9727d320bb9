-- The trigger that notes a TRUNCATE.
-- Locks: the table, SHARE ROW EXCLUSIVE: writers wait. Only below a lock that was granted in time.
-- Twice: no, it is there. Before version 14 none is replaced: whoever runs this looks first.
CREATE TRIGGER {trigger} AFTER TRUNCATE ON {table} FOR EACH STATEMENT
  WHEN (pg_catalog.current_setting('airlift.applying', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION {function}();
