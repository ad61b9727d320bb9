-- What names stand for now, in the server's words, and a number for what has none of InnoDB's. No row: nothing of that
-- name, or only a sentry of ours.
-- Locks: nothing.
-- Twice: yes.
SELECT TABLE_SCHEMA AS `schema`, TABLE_NAME AS name, TABLE_TYPE AS kind, CRC32(CONCAT(TABLE_SCHEMA, '/', TABLE_NAME)) AS hash
  FROM information_schema.TABLES
 WHERE (TABLE_SCHEMA, TABLE_NAME) IN %(names)s AND NOT TABLE_COMMENT <=> %(sentry)s;
