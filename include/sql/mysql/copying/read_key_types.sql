-- The types of a table's columns.
-- Locks: nothing.
-- Twice: yes.
SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type
  FROM information_schema.COLUMNS
 WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(table)s;
