-- Set the truncate trigger off.
-- Locks: nothing of the user's.
-- Twice: yes.
TRUNCATE pg_temp."airlift rehearsal";
