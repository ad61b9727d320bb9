-- Take a column's default away before its type changes, for it may not fit the new one.
-- Locks: the new table, that nobody uses yet.
-- Twice: yes.
ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT;
