-- Whether the server understands what a new column is made of, over the rows of a compatibility view. No row is read.
-- Locks: the view and its table, ACCESS SHARE, waiting no longer than the transaction's lock timeout.
-- Twice: yes.
SELECT {forward} FROM (SELECT {columns} FROM {view}) AS {name} LIMIT 0;
