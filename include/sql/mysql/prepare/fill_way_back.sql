-- The way back's only row.
-- Locks: nothing of the user's.
-- Twice: yes, the first position stays.
INSERT INTO {way_back} (one, at, position) VALUES (1, %(at)s, %(position)s) ON DUPLICATE KEY UPDATE one = one;
