-- Whether the server understands expressions over a table's columns. No row is read.
-- Locks: the table, ACCESS SHARE, waiting no longer than the transaction's lock timeout.
-- Twice: yes.
SELECT {expressions} FROM ONLY {table} LIMIT 0;
