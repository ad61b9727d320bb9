-- Remove a trigger.
-- Locks: its table, exclusively, for a moment.
-- Twice: yes.
DROP TRIGGER IF EXISTS {trigger};
