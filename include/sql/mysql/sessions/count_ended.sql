-- How often a session was found and its statement ended.
-- Locks: nothing.
-- Twice: yes.
SELECT @airlift_ended + (@airlift_waiting <> %(idle)s);
