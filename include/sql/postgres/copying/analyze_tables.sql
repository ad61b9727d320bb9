-- Gather tables' statistics, so that the first query on the new side has a plan.
-- Locks: the tables, SHARE UPDATE EXCLUSIVE.
-- Twice: yes.
ANALYZE {tables};
