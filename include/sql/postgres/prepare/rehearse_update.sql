-- Set the row trigger off with an UPDATE.
-- Locks: nothing of the user's.
-- Twice: yes.
UPDATE pg_temp."airlift rehearsal" SET {column} = {column};
