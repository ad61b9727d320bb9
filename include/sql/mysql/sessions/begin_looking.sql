-- Begin to look whether a session waits: it has not been seen, and nothing was ended.
-- Locks: nothing.
-- Twice: yes.
SET @airlift_ended = 0, @airlift_waiting = %(idle)s;
