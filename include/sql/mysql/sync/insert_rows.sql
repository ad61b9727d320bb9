-- Insert a window's rows as they are on the source.
-- Locks: those rows of the target table.
-- Twice: no; the ledger's position moves with it.
INSERT INTO {target} ({columns})
SELECT {row_columns} FROM {rows} AS r LEFT JOIN {keys} AS k ON {matching} WHERE NOT COALESCE(k.`airlift check only`, 0);
