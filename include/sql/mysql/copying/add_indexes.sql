-- Make indexes as the ledger has them, all in one pass over the table.
-- Locks: the target table, for moments. Nobody else uses it before the switch.
-- Twice: no; who asks for it looks first at which of them are there.
ALTER TABLE {table} {additions};
