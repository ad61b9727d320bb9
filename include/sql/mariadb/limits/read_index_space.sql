-- What the indexes of tables take of the disk beside the rows, as the server last counted it.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT TABLE_ID AS oid, CAST(OTHER_INDEX_SIZE * @@innodb_page_size AS signed) AS together
  FROM information_schema.INNODB_SYS_TABLESTATS
 WHERE TABLE_ID IN %(oids)s;
