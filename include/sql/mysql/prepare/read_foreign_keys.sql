-- The foreign keys that start or end at any of the given tables, a row for each pair of columns.
-- Locks: nothing.
-- Twice: yes.
SELECT k.CONSTRAINT_NAME AS name, k.TABLE_SCHEMA AS child_schema, k.TABLE_NAME AS child_name, k.COLUMN_NAME AS own,
       k.REFERENCED_TABLE_SCHEMA AS parent_schema, k.REFERENCED_TABLE_NAME AS parent_name, k.REFERENCED_COLUMN_NAME AS referenced,
       r.UPDATE_RULE AS on_update, r.DELETE_RULE AS on_delete,
       CRC32(CONCAT(k.TABLE_SCHEMA, '/', k.TABLE_NAME, '/', k.CONSTRAINT_NAME)) AS oid
  FROM information_schema.KEY_COLUMN_USAGE AS k
  JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r
    ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME
 WHERE k.REFERENCED_TABLE_NAME IS NOT NULL
   AND ((k.TABLE_SCHEMA, k.TABLE_NAME) IN %(tables)s OR (k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME) IN %(tables)s)
 ORDER BY k.CONSTRAINT_NAME, k.TABLE_SCHEMA, k.TABLE_NAME, k.ORDINAL_POSITION;
