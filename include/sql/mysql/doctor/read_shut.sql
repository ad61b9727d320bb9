-- The numbers of the tables that a migration's guard shuts; each trigger of it ends in its table's.
-- Locks: nothing that keeps a writer out.
-- Twice: yes.
SELECT no FROM {guards} WHERE shut;
