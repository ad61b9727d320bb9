-- Give a column of the new table the comment of the column that it comes from.
-- Locks: the new table, that nobody uses yet.
-- Twice: yes.
COMMENT ON COLUMN {table}.{column} IS %(comment)s;
