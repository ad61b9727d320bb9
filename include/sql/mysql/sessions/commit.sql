-- Commit. Keeps the locks of LOCK TABLES.
-- Locks: nothing.
-- Twice: yes.
COMMIT;
