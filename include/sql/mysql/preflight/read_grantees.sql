-- Whose rights on the given tables, or on columns of them, are rights on just these; as far as our account may see them.
-- Locks: nothing.
-- Twice: yes.
SELECT TABLE_SCHEMA AS `schema`, TABLE_NAME AS name, GRANTEE AS grantee
  FROM information_schema.TABLE_PRIVILEGES WHERE (TABLE_SCHEMA, TABLE_NAME) IN %(tables)s
UNION
SELECT TABLE_SCHEMA, TABLE_NAME, GRANTEE
  FROM information_schema.COLUMN_PRIVILEGES WHERE (TABLE_SCHEMA, TABLE_NAME) IN %(tables)s
 ORDER BY 1, 2, 3;
