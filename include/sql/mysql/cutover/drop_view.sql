-- Remove a view.
-- Locks: the view, exclusively.
-- Twice: yes.
DROP VIEW IF EXISTS {view};
