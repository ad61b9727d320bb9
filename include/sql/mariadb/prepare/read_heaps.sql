-- The numbers that InnoDB has for tables: TRUNCATE and what rebuilds a table give it another one, RENAME does not. Each partition has one,
-- and their sum changes with any. Names are decoded from the form that they have in file names.
-- Locks: nothing.
-- Twice: yes.
SELECT `schema`, name, oid, filenode
  FROM (SELECT CONVERT(CONVERT(CAST(SUBSTRING_INDEX(i.file, '/', 1) AS binary) USING filename) USING utf8mb4) AS `schema`,
               CONVERT(CONVERT(CAST(SUBSTRING_INDEX(i.file, '/', -1) AS binary) USING filename) USING utf8mb4) AS name,
               i.oid, i.filenode
          FROM (SELECT SUBSTRING_INDEX(SUBSTRING_INDEX(NAME, '#P#', 1), '#p#', 1) AS file, min(TABLE_ID) AS oid,
                       CAST(sum(TABLE_ID) AS unsigned) AS filenode
                  FROM information_schema.INNODB_SYS_TABLES WHERE NAME LIKE '%%/%%' GROUP BY file) AS i) AS named
 WHERE (`schema`, name) IN %(tables)s;
