-- Set the row trigger off with a DELETE.
-- Locks: nothing of the user's.
-- Twice: yes.
DELETE FROM pg_temp."airlift rehearsal";
