-- Whether an attempt at a roll back is still the one under way. A row: it is, and nobody can claim it until this transaction ends.
-- Locks: nothing of the user's.
-- Twice: yes.
SELECT one FROM {way_back} WHERE one = 1 AND attempt = %(attempt)s FOR UPDATE;
