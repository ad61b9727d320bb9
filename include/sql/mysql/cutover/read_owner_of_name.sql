-- What a name stands for now. A table's number is that of its tablespace, the lowest of its partitions'; a view has none, and a name
-- that only a sentry of ours has stands for nothing.
-- Locks: nothing.
-- Twice: yes.
SELECT COALESCE(MIN(i.number), -1) AS oid, IF(MIN(t.TABLE_TYPE) = 'VIEW', 'v', 'r') AS kind
  FROM information_schema.TABLES AS t
  LEFT JOIN (SELECT IF(LOCATE('#p#', s.NAME), SUBSTRING_INDEX(s.NAME, '#p#', 1), s.NAME) AS name, CAST(s.SPACE AS UNSIGNED) AS number
               FROM information_schema.INNODB_TABLESPACES_BRIEF AS s
              WHERE s.SPACE_TYPE = 'Single') AS i
    ON CAST(i.name AS BINARY) = CAST(CONCAT(t.TABLE_SCHEMA, '/', t.TABLE_NAME) AS BINARY)
 WHERE t.TABLE_SCHEMA = %(schema)s AND t.TABLE_NAME = %(name)s AND NOT t.TABLE_COMMENT <=> %(sentry)s
HAVING COUNT(*) > 0;
