-- Build an index as the ledger has it.
-- Locks: the target table, SHARE. Nobody else uses it before the switch.
-- Twice: no; the ledger notes it in the same transaction.
CREATE {unique} INDEX {index} ON {table} {tail};
