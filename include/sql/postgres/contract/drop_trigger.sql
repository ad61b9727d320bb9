-- Remove a trigger of ours.
-- Locks: the table, ACCESS EXCLUSIVE: all wait. Only below a lock that was granted in time.
-- Twice: yes.
DROP TRIGGER IF EXISTS {trigger} ON {table};
