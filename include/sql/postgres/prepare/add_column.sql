-- Add a column to the new table as the spec has it.
-- Locks: the new table, that nobody uses yet.
-- Twice: no; one transaction with the table.
ALTER TABLE {table} ADD COLUMN {column} {definition};
