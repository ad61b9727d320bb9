-- What a name stands for now. A table's number is InnoDB's, the lowest of its partitions'; a view has none. A name that is not all letters
-- is InnoDB's as it is in file names, and only the tablespace, one for each table, has it in clear.
-- Locks: nothing.
-- Twice: yes.
SELECT COALESCE(MIN(i.number), -1) AS oid, IF(MIN(t.TABLE_TYPE) = 'VIEW', 'v', 'r') AS kind
  FROM information_schema.TABLES AS t
  LEFT JOIN (SELECT IF(LOCATE('#p#', n.NAME), SUBSTRING_INDEX(IF(LOCATE('@', n.NAME), s.NAME, n.NAME), '#p#', 1),
                       IF(LOCATE('@', n.NAME), s.NAME, n.NAME)) AS name,
                    n.TABLE_ID AS number
               FROM information_schema.INNODB_TABLES AS n
               LEFT JOIN information_schema.INNODB_TABLESPACES_BRIEF AS s
                 ON CAST(s.SPACE AS UNSIGNED) = n.SPACE AND s.SPACE_TYPE = 'Single') AS i
    ON CAST(i.name AS BINARY) = CAST(CONCAT(t.TABLE_SCHEMA, '/', t.TABLE_NAME) AS BINARY)
 WHERE t.TABLE_SCHEMA = %(schema)s AND t.TABLE_NAME = %(name)s
HAVING COUNT(*) > 0;
