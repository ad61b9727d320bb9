-- A table's foreign keys, each with the table that it references.
-- Locks: nothing.
-- Twice: yes.
SELECT CONSTRAINT_NAME, UNIQUE_CONSTRAINT_SCHEMA, REFERENCED_TABLE_NAME
  FROM information_schema.REFERENTIAL_CONSTRAINTS
 WHERE CONSTRAINT_SCHEMA = %(schema)s AND TABLE_NAME = %(table)s;
