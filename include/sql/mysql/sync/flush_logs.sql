-- Bring all that is committed to the disk.
-- Locks: nothing of the user's.
-- Twice: yes.
FLUSH ENGINE LOGS;
