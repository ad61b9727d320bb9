-- The foreign keys of a table.
-- Locks: nothing.
-- Twice: yes.
SELECT CONSTRAINT_NAME AS name
  FROM information_schema.TABLE_CONSTRAINTS
 WHERE CONSTRAINT_TYPE = 'FOREIGN KEY' AND TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(table)s;
