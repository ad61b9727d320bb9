-- Commit.
-- Locks: nothing.
-- Twice: yes.
COMMIT;
