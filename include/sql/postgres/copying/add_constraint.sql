-- Add a constraint as the ledger has it.
-- Locks: the table, ACCESS EXCLUSIVE.
-- Twice: no; the ledger notes it in the same transaction.
ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition};
