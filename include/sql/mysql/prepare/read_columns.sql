-- The columns of a table in their order. To have them shown would hold the table until the transaction ends.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT COLUMN_NAME AS Field, COLUMN_TYPE AS Type, COLLATION_NAME AS Collation, IS_NULLABLE AS `Null`, EXTRA AS Extra, COLUMN_COMMENT AS Comment
  FROM information_schema.COLUMNS
 WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s
 ORDER BY ORDINAL_POSITION;
