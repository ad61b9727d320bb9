-- What tables take of the disk with their indexes and long values, each in a file of its own.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT CAST(coalesce(sum(s.FILE_SIZE), 0) AS signed) AS bytes
  FROM information_schema.INNODB_TABLESPACES AS s
 WHERE s.SPACE IN %(oids)s AND s.SPACE_TYPE = 'Single';
