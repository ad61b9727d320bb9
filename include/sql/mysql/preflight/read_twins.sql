-- Values that rows share when their texts are compared in another way: of each some, cut.
-- Locks: nothing; it reads the whole table, or an index of it.
-- Twice: yes.
SELECT {values} FROM {table} WHERE {are_set} GROUP BY {parts} HAVING COUNT(*) > 1 LIMIT %(most)s;
