-- Insert the rows of a window that were not there before: columns that only the target has get their defaults.
-- Locks: those rows of the target table.
-- Twice: no; the ledger's position moves with it.
INSERT INTO {target} ({columns})
SELECT {row_columns} FROM {rows} AS r LEFT JOIN {keys} AS k ON {matching}
 WHERE NOT COALESCE(k.`airlift check only`, 0) AND NOT EXISTS (SELECT 1 FROM {kept} AS o WHERE {matching_kept});
