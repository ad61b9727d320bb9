-- Its only row.
-- Locks: nothing of the user's.
-- Twice: yes, what is noted stays.
INSERT INTO {pruned} (one, number) VALUES (1, 0) ON DUPLICATE KEY UPDATE one = one;
