-- What stands where a new table or view is to stand; a sentry of ours makes way.
-- Locks: nothing.
-- Twice: yes.
SELECT TABLE_SCHEMA AS `schema`, TABLE_NAME AS name, TABLE_TYPE AS type
  FROM information_schema.TABLES WHERE (TABLE_SCHEMA, TABLE_NAME) IN %(names)s AND NOT TABLE_COMMENT <=> %(sentry)s;
