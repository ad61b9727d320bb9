-- Remove a target table that this migration made.
-- Locks: the table, ACCESS EXCLUSIVE.
-- Twice: yes.
DROP TABLE IF EXISTS {table};
