-- Some of the rows that have such a value: the value, cut, and the row's key.
-- Locks: nothing.
-- Twice: yes.
SELECT {value}, {key} FROM {table} WHERE {condition} LIMIT %(most)s;
