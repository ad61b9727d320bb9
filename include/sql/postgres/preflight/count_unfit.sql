-- How many rows have a value that the other side can't hold, condition by condition.
-- Locks: the table, ACCESS SHARE, as any reader; it reads the whole table.
-- Twice: yes.
SELECT {counts} FROM ONLY {table};
