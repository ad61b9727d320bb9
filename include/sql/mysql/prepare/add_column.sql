-- Add a column.
-- Locks: the table, exclusively.
-- Twice: no, the column is there.
ALTER TABLE {table} ADD COLUMN {column} {definition};
