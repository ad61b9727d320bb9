-- Gather a table's statistics, so that the first query on the new side has a plan.
-- Locks: the table, SHARE UPDATE EXCLUSIVE.
-- Twice: yes.
ANALYZE {table};
