-- Let a trigger of ours fire in replica sessions and logical apply workers too.
-- Locks: the table, SHARE ROW EXCLUSIVE: writers wait. Only below a lock that was granted in time.
-- Twice: yes.
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger};
