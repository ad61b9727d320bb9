-- The columns of tables of a schema now, with their places.
-- Locks: nothing.
-- Twice: yes.
SELECT TABLE_NAME AS `table`, CAST(ORDINAL_POSITION AS signed) AS number, COLUMN_NAME AS name, COLUMN_TYPE AS type
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME IN %(names)s
 ORDER BY TABLE_NAME, ORDINAL_POSITION;
