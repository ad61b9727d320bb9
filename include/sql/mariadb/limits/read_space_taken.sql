-- What tables take of the disk with their indexes and long values, each in a file of its own.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT CAST(coalesce(sum(s.FILE_SIZE), 0) AS signed) AS bytes
  FROM information_schema.INNODB_SYS_TABLES AS t
  JOIN information_schema.INNODB_SYS_TABLESPACES AS s ON s.SPACE = t.SPACE AND t.SPACE <> 0
 WHERE t.TABLE_ID IN %(oids)s;
