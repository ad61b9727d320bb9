-- The AUTO_INCREMENT columns of the given tables, with the next number that each gives out.
-- Locks: nothing.
-- Twice: yes.
SELECT c.TABLE_SCHEMA AS `schema`, c.TABLE_NAME AS name, c.COLUMN_NAME AS `column`, c.COLUMN_TYPE AS type,
       COALESCE(t.AUTO_INCREMENT, 1) AS next, CURRENT_USER() AS owner
  FROM information_schema.COLUMNS AS c
  JOIN information_schema.TABLES AS t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
 WHERE c.EXTRA LIKE '%%auto_increment%%' AND (c.TABLE_SCHEMA, c.TABLE_NAME) IN %(tables)s
 ORDER BY c.TABLE_SCHEMA, c.TABLE_NAME;
