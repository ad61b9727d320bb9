-- The trigger that notes changed keys. Our own apply does not set it off.
-- Locks: the table, SHARE ROW EXCLUSIVE: writers wait. Only below a lock that was granted in time.
-- Twice: yes.
CREATE OR REPLACE TRIGGER {trigger} AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW
  WHEN (pg_catalog.current_setting('airlift.applying', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION {function}();
