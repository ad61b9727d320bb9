-- Whether a table is seen, and each of its columns takes in the very bytes that a line has of its values and need not be told that these
-- are text.
-- Locks: nothing.
-- Twice: yes.
SELECT COUNT(*) > 0 AND COUNT(*) = SUM(
         CHARACTER_SET_NAME <=> 'utf8mb4' AND DATA_TYPE IN ('char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'enum', 'set')
         OR DATA_TYPE IN ('tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'float', 'double', 'bit', 'date', 'time', 'datetime',
                          'timestamp', 'year', 'binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob')) AS are_plain
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s;
