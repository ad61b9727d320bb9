-- What stands where a new table or view is to stand.
-- Locks: nothing.
-- Twice: yes.
SELECT TABLE_SCHEMA AS `schema`, TABLE_NAME AS name, TABLE_TYPE AS type
  FROM information_schema.TABLES WHERE (TABLE_SCHEMA, TABLE_NAME) IN %(names)s;
