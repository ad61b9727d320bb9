-- Give a column of the new, empty table the default that it had before its type changed, as a value of the new type.
-- Locks: the new table, that nobody uses yet.
-- Twice: yes.
ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT ({default})::{type};
