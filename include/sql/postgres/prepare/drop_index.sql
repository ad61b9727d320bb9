-- Set an index aside for the load. Its definition is in the ledger.
-- Locks: the new table, that nobody uses yet.
-- Twice: yes.
DROP INDEX IF EXISTS {index};
