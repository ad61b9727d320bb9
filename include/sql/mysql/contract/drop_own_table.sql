-- Remove a table of ours.
-- Locks: the table, exclusively.
-- Twice: yes.
DROP TABLE IF EXISTS {table};
