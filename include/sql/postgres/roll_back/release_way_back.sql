-- Note that an attempt at a roll back is over. No row: another one is under way.
-- Locks: nothing of the user's.
-- Twice: yes.
UPDATE {way_back} SET attempt = NULL WHERE one = 1 AND coalesce(attempt, %(attempt)s) = %(attempt)s;
