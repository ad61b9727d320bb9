-- The types of a table's columns. The catalog would also answer for a table whose name differs in case only.
-- Locks: nothing.
-- Twice: yes.
SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type
  FROM information_schema.COLUMNS
 WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(table)s AND CAST(TABLE_NAME AS binary) = CAST(%(table)s AS binary);
