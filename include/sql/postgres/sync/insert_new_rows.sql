-- Insert the rows of a window that were not there before: columns that only the target has get their defaults.
-- Locks: the target table, ROW EXCLUSIVE.
-- Twice: no; the ledger's position moves with it.
INSERT INTO {target} ({columns}) OVERRIDING SYSTEM VALUE
SELECT {row_columns} FROM {rows} AS r
 WHERE NOT EXISTS (SELECT FROM {keys} AS k WHERE k."airlift check only" AND {matching})
   AND NOT EXISTS (SELECT FROM {kept} AS o WHERE {matching_kept});
