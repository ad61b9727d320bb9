-- Make room for the next ones.
-- Locks: nothing of the user's.
-- Twice: yes.
DELETE FROM {found};
