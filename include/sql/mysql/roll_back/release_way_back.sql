-- Note that attempts at a roll back are over. No row: another one is under way.
-- Locks: nothing of the user's.
-- Twice: yes.
UPDATE {way_back} SET attempt = NULL WHERE one = 1 AND (attempt IS NULL OR attempt IN %(attempts)s);
