-- The tables and views in our own database whose names begin as a migration's do, with what they take up.
-- Locks: nothing that keeps a writer out.
-- Twice: yes.
SELECT TABLE_NAME AS name, TABLE_TYPE AS form, CAST(coalesce(DATA_LENGTH + INDEX_LENGTH, 0) AS signed) AS bytes
  FROM information_schema.TABLES
 WHERE TABLE_SCHEMA = 'airlift' AND left(TABLE_NAME, char_length(%(prefix)s)) = %(prefix)s
 ORDER BY 1;
