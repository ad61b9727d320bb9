-- Everything that has a table's name, but for what is the server's own and ours: r is a table that can be moved, v a view, S a sequence,
-- h a table that keeps its history, o one of another engine.
-- Locks: nothing.
-- Twice: yes.
SELECT t.TABLE_SCHEMA AS `schema`, t.TABLE_NAME AS name,
       CASE WHEN t.TABLE_TYPE LIKE '%%VIEW' THEN 'v'
            WHEN t.TABLE_TYPE = 'SEQUENCE' THEN 'S'
            WHEN t.TABLE_TYPE = 'SYSTEM VERSIONED' THEN 'h'
            WHEN t.ENGINE = 'InnoDB' THEN 'r'
            ELSE 'o' END AS kind,
       COALESCE(t.ENGINE, '') AS persistence, COALESCE(t.DATA_LENGTH, 0) AS bytes, COALESCE(t.TABLE_ROWS, 0) AS `rows`,
       NULLIF(t.TABLE_COMMENT, '') AS comment, CURRENT_USER() AS owner, CRC32(CONCAT(t.TABLE_SCHEMA, '/', t.TABLE_NAME)) AS hash
  FROM information_schema.TABLES AS t
 WHERE t.TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema', 'airlift')
   AND t.TABLE_TYPE <> 'TEMPORARY'
 ORDER BY t.TABLE_SCHEMA, t.TABLE_NAME;
