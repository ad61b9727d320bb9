-- Remove a compatibility view of ours.
-- Locks: the view, ACCESS EXCLUSIVE.
-- Twice: yes.
DROP VIEW IF EXISTS {view};
