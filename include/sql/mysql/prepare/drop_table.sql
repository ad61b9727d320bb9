-- Remove a table with all that is on it.
-- Locks: the table, exclusively.
-- Twice: yes.
DROP {temporary} TABLE IF EXISTS {table};
