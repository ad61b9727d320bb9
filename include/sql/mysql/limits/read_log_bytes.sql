-- What the change logs of a migration take of the disk, each in parts. Logs that are not there take nothing.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT CAST(coalesce(sum(FILE_SIZE), 0) AS signed) AS bytes
  FROM information_schema.INNODB_TABLESPACES
 WHERE SUBSTRING_INDEX(SUBSTRING_INDEX(NAME, '/', -1), '#p#', 1) IN %(logs)s AND NAME LIKE 'airlift/%%';
