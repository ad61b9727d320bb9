-- Begin a transaction whose statements all see one instant, taken by the first that needs it.
-- Locks: nothing.
-- Twice: yes.
BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE;
