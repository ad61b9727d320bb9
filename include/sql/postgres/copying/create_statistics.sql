-- Create extended statistics as the ledger has them.
-- Locks: the target table, SHARE UPDATE EXCLUSIVE.
-- Twice: no; the ledger notes it in the same transaction.
CREATE STATISTICS {statistics} {tail} FROM {table};
