-- What the indexes of tables take of the disk beside the rows, as the server last counted it.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT s.SPACE AS oid, CAST(coalesce(t.INDEX_LENGTH, 0) AS signed) AS together
  FROM information_schema.INNODB_TABLESPACES_BRIEF AS s
  JOIN information_schema.TABLES AS t
    ON CAST(CONCAT(t.TABLE_SCHEMA, '/', t.TABLE_NAME) AS binary) = CAST(SUBSTRING_INDEX(s.NAME, '#p#', 1) AS binary)
 WHERE s.SPACE IN %(oids)s AND s.SPACE_TYPE = 'Single';
