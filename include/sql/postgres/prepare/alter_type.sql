-- Give a column of the new, empty table the spec's type.
-- Locks: the new table, that nobody uses yet.
-- Twice: no; one transaction with the table.
ALTER TABLE {table} ALTER COLUMN {column} TYPE {type} USING NULL::{type};
