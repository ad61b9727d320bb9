-- Remove the table that the triggers were tried on.
-- Locks: nothing of the user's.
-- Twice: yes.
DROP TABLE IF EXISTS pg_temp."airlift rehearsal";
