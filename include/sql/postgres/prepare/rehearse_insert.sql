-- Set the row trigger off with an INSERT.
-- Locks: nothing of the user's.
-- Twice: yes.
INSERT INTO pg_temp."airlift rehearsal" DEFAULT VALUES;
