-- Gather tables' statistics, so that the first query on the new side has a plan.
-- Locks: nothing that stops a writer.
-- Twice: yes.
ANALYZE NO_WRITE_TO_BINLOG TABLE {tables};
