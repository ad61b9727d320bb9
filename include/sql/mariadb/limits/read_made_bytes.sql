-- What tables take of the disk with their indexes and long values, and everything in our own schema. What is not there takes nothing.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT CAST(coalesce(sum(FILE_SIZE), 0) AS signed) AS bytes
  FROM information_schema.INNODB_SYS_TABLESPACES
 WHERE NAME LIKE CONCAT(%(own)s, '/%%')
    OR CONCAT(CONVERT(CONVERT(CAST(SUBSTRING_INDEX(NAME, '/', 1) AS binary) USING filename) USING utf8mb4), '/',
              CONVERT(CONVERT(CAST(SUBSTRING_INDEX(SUBSTRING_INDEX(NAME, '/', -1), '#P#', 1) AS binary) USING filename) USING utf8mb4))
       IN %(tables)s;
