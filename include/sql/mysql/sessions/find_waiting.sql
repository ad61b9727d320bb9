-- Find a session while it waits for a table that others use, else one of ours that runs nothing; and count what was ended so far.
-- Locks: nothing.
-- Twice: yes.
SET @airlift_ended = @airlift_ended + (@airlift_waiting <> %(idle)s),
    @airlift_waiting = COALESCE((SELECT t.PROCESSLIST_ID FROM performance_schema.threads AS t
                                  WHERE t.PROCESSLIST_ID = %(pid)s AND t.PROCESSLIST_STATE = 'Waiting for table metadata lock'), %(idle)s);
