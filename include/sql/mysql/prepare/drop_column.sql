-- Drop a column.
-- Locks: the table, exclusively.
-- Twice: no, the column is gone.
ALTER TABLE {table} DROP COLUMN {column};
