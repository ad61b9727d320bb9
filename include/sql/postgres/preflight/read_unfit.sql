-- Some of the rows that have such a value: the value, cut, and the row's key.
-- Locks: the table, ACCESS SHARE, as any reader.
-- Twice: yes.
SELECT {value}, {key} FROM ONLY {table} WHERE {condition} LIMIT %(most)s;
