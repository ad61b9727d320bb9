-- The numbers of InnoDB's tables, which a RENAME keeps and TRUNCATE does not; each partition has one, and their sum changes with any.
-- Names are decoded from the form that they have in file names. Two that differ in case only are two.
-- Locks: nothing.
-- Twice: yes.
SELECT CONVERT(CONVERT(CAST(SUBSTRING_INDEX(i.file, '/', 1) AS BINARY) USING filename) USING utf8mb4) AS `schema`,
       CONVERT(CONVERT(CAST(SUBSTRING_INDEX(i.file, '/', -1) AS BINARY) USING filename) USING utf8mb4) AS name,
       MIN(i.number) AS oid, CAST(SUM(i.number) AS UNSIGNED) AS filenode
  FROM (SELECT SUBSTRING_INDEX(SUBSTRING_INDEX(NAME, '#P#', 1), '#p#', 1) AS file, TABLE_ID AS number
          FROM information_schema.INNODB_SYS_TABLES) AS i
 WHERE i.file LIKE '%%/%%'
 GROUP BY CAST(i.file AS binary);
