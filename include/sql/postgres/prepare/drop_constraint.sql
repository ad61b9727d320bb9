-- Set a constraint aside for the load. Its definition is in the ledger.
-- Locks: the table, ACCESS EXCLUSIVE.
-- Twice: yes.
ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint};
