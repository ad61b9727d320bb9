-- Roll back.
-- Locks: nothing.
-- Twice: yes.
ROLLBACK;
