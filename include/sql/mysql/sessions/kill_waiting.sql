-- End the statement of the session that was found. One that runs nothing is let be.
-- Locks: nothing.
-- Twice: yes.
KILL QUERY @airlift_waiting;
