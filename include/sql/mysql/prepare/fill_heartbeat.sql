-- The heartbeat's only row.
-- Locks: nothing of the user's.
-- Twice: yes.
INSERT INTO {heartbeat} (one, beat) VALUES (1, 0) ON DUPLICATE KEY UPDATE one = one;
