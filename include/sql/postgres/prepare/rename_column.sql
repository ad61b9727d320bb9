-- Give a column of the new table its new name.
-- Locks: the new table, that nobody uses yet.
-- Twice: no; one transaction with the table.
ALTER TABLE {table} RENAME COLUMN {old} TO {new};
