-- Begin a transaction that sees each statement's own instant.
-- Locks: nothing.
-- Twice: yes.
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
