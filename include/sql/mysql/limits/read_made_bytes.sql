-- What tables take of the disk with their indexes and long values, and everything in our own schema. What is not there takes nothing.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT CAST(coalesce(sum(FILE_SIZE), 0) AS signed) AS bytes
  FROM information_schema.INNODB_TABLESPACES
 WHERE SPACE_TYPE = 'Single' AND (SUBSTRING_INDEX(NAME, '/', 1) = %(own)s OR SUBSTRING_INDEX(NAME, '#p#', 1) IN %(tables)s);
