-- Note what the proof of a roll back will rest on.
-- Locks: nothing of the user's.
-- Twice: yes.
UPDATE {way_back} SET premises = %(premises)s, attempt = NULL WHERE one = 1;
