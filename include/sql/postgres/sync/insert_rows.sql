-- Insert a window's rows as they are on the source.
-- Locks: the target table, ROW EXCLUSIVE.
-- Twice: no; the ledger's position moves with it.
INSERT INTO {target} ({columns}) OVERRIDING SYSTEM VALUE
SELECT {row_columns} FROM {rows} AS r WHERE NOT EXISTS (SELECT FROM {keys} AS k WHERE k."airlift check only" AND {matching});
