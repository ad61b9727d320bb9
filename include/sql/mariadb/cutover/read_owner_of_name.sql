-- What a name stands for now. A table's number is InnoDB's, the lowest of its partitions'; a view has none, and a name
-- that only a sentry of ours has stands for nothing.
-- Locks: nothing.
-- Twice: yes.
SELECT COALESCE(MIN(i.TABLE_ID), -1) AS oid, IF(MIN(t.TABLE_TYPE) = 'VIEW', 'v', 'r') AS kind
  FROM information_schema.TABLES AS t
  LEFT JOIN information_schema.INNODB_SYS_TABLES AS i
    ON SUBSTRING_INDEX(SUBSTRING_INDEX(i.NAME, '#P#', 1), '#p#', 1)
     = CONCAT(CAST(CONVERT(CONVERT(t.TABLE_SCHEMA USING utf8mb4) USING filename) AS BINARY), '/',
              CAST(CONVERT(CONVERT(t.TABLE_NAME USING utf8mb4) USING filename) AS BINARY))
 WHERE t.TABLE_SCHEMA = %(schema)s AND t.TABLE_NAME = %(name)s AND NOT t.TABLE_COMMENT <=> %(sentry)s
HAVING COUNT(*) > 0;
