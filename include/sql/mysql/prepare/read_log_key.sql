-- The key's columns that a change log keeps, in their order: what each is called on the table stands in its comment.
-- Locks: nothing.
-- Twice: yes.
SELECT COLUMN_COMMENT AS name, COLUMN_TYPE AS type
  FROM information_schema.COLUMNS
 WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s AND COLUMN_NAME NOT IN ('id', 'op', 'writer')
 ORDER BY ORDINAL_POSITION;
