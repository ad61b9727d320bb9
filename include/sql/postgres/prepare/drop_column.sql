-- Leave a column out of the new table.
-- Locks: the new table, that nobody uses yet.
-- Twice: no; one transaction with the table.
ALTER TABLE {table} DROP COLUMN {column};
