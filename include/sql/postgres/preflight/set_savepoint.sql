-- A point to come back to when the next statement fails.
-- Locks: nothing.
-- Twice: yes.
SAVEPOINT {savepoint};
