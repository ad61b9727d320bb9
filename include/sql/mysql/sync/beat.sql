-- A small commit that makes all that was committed before it durable.
-- Locks: nothing of the user's.
-- Twice: yes.
UPDATE {heartbeat} SET beat = beat + 1 WHERE one = 1;
