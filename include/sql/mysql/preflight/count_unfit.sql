-- How many rows have a value that the other side can't hold, condition by condition.
-- Locks: nothing; it reads the whole table.
-- Twice: yes.
SELECT {counts} FROM {table};
