-- Note which attempt at a roll back is under way.
-- Locks: nothing of the user's.
-- Twice: yes.
UPDATE {way_back} SET attempt = %(attempt)s WHERE one = 1;
