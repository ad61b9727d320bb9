-- Remove a sequence that we made. Fails while somebody's column draws from it.
-- Locks: nothing of the user's.
-- Twice: yes.
DROP SEQUENCE IF EXISTS {sequence};
