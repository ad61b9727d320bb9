-- Make a unique index the table's primary key or unique constraint.
-- Locks: the target table, ACCESS EXCLUSIVE, for a moment. Nobody else uses it before the switch.
-- Twice: no; the ledger notes it in the same transaction.
ALTER TABLE {table} ADD CONSTRAINT {constraint} {kind} USING INDEX {index} {deferring};
