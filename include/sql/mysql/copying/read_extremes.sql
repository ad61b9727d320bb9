-- The first and the last key of a table.
-- Locks: nothing that stops a writer.
-- Twice: yes.
SELECT MIN({key}), MAX({key}) FROM {table};
