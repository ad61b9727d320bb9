-- Remove a table of ours.
-- Locks: nothing of the user's.
-- Twice: yes.
DROP TABLE IF EXISTS {table};
