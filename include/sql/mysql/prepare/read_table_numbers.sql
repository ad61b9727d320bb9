-- The numbers of InnoDB's tablespaces, one for each table, which a RENAME keeps and TRUNCATE does not; each partition has one, and their sum
-- changes with any. What lists the tables themselves waits for whoever alters any table of the server.
-- Two names that differ in case only are two.
-- Locks: nothing.
-- Twice: yes.
SELECT SUBSTRING_INDEX(n.name, '/', 1) AS `schema`, SUBSTRING(n.name, LOCATE('/', n.name) + 1) AS name,
       MIN(n.number) AS oid, CAST(SUM(n.number) AS UNSIGNED) AS filenode
  FROM (SELECT IF(LOCATE('#p#', s.NAME), SUBSTRING_INDEX(s.NAME, '#p#', 1), s.NAME) AS name, CAST(s.SPACE AS UNSIGNED) AS number
          FROM information_schema.INNODB_TABLESPACES_BRIEF AS s
         WHERE s.SPACE_TYPE = 'Single') AS n
 WHERE n.name LIKE '%%/%%'
 GROUP BY CAST(n.name AS binary);
