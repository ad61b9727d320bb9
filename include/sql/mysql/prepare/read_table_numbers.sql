-- The numbers of InnoDB's tables, which a RENAME keeps and TRUNCATE does not; each partition has one, and their sum changes with any.
-- A name that is not all letters is here as it is in file names, and only the tablespace, one for each table, has it in clear.
-- Two names that differ in case only are two.
-- Locks: nothing.
-- Twice: yes.
SELECT SUBSTRING_INDEX(n.name, '/', 1) AS `schema`, SUBSTRING(n.name, LOCATE('/', n.name) + 1) AS name,
       MIN(n.number) AS oid, CAST(SUM(n.number) AS UNSIGNED) AS filenode
  FROM (SELECT IF(LOCATE('#p#', i.NAME), SUBSTRING_INDEX(IF(LOCATE('@', i.NAME), s.NAME, i.NAME), '#p#', 1),
                  IF(LOCATE('@', i.NAME), s.NAME, i.NAME)) AS name,
               i.TABLE_ID AS number
          FROM information_schema.INNODB_TABLES AS i
          LEFT JOIN information_schema.INNODB_TABLESPACES_BRIEF AS s
            ON CAST(s.SPACE AS UNSIGNED) = i.SPACE AND s.SPACE_TYPE = 'Single') AS n
 WHERE n.name LIKE '%%/%%'
 GROUP BY CAST(n.name AS binary);
