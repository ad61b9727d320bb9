-- Raise where LOCK TABLES does not hold a table. Reads no row.
-- Locks: nothing.
-- Twice: yes.
SELECT 1 FROM {table} WHERE FALSE;
