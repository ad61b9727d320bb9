-- The guard on a target table: every statement of another session's fails, TRUNCATE and COPY too.
-- Locks: the target table, SHARE ROW EXCLUSIVE.
-- Twice: no, it is there. Before version 14 none is replaced: whoever runs this looks first.
CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT
  EXECUTE FUNCTION {function}(%(migration)s);
