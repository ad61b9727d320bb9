-- Whether the server understands expressions over a table's columns. No row is read.
-- Locks: the table's definition.
-- Twice: yes.
SELECT {expressions} FROM {table} LIMIT 0;
