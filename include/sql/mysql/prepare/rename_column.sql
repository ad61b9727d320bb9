-- Rename a column.
-- Locks: the table, exclusively.
-- Twice: no, the old name is gone.
ALTER TABLE {table} RENAME COLUMN {old} TO {new};
