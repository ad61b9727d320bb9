-- Whether a change log holds anything.
-- Locks: nothing.
-- Twice: yes.
SELECT EXISTS (SELECT 1 FROM {log});
