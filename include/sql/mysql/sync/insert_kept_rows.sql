-- Insert the rows of a window that were there before, with the values that only the target has.
-- Locks: those rows of the target table.
-- Twice: no; the ledger's position moves with it.
INSERT INTO {target} ({columns}, {added})
SELECT {row_columns}, {kept_added} FROM {rows} AS r JOIN {kept} AS o ON {matching_kept};
