-- Remove a temporary table that an earlier transaction of this session has left: they live as long as the session.
-- Locks: nothing.
-- Twice: yes.
DROP TEMPORARY TABLE IF EXISTS {table};
