-- Remove an enum type that we made. Fails while somebody's column is of it.
-- Locks: nothing of the user's.
-- Twice: yes.
DROP TYPE IF EXISTS {type};
