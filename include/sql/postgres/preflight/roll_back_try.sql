-- Undo a statement that failed, and go on in the same transaction.
-- Locks: nothing.
-- Twice: yes.
ROLLBACK TO SAVEPOINT {savepoint};
