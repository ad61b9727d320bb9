-- Whether a table has columns that take in other bytes than a line has of their values, or that must be told that these are text.
-- Locks: nothing.
-- Twice: yes.
SELECT COUNT(*) FROM information_schema.COLUMNS
 WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s
   AND NOT (CHARACTER_SET_NAME <=> 'utf8mb4' AND DATA_TYPE IN ('char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'enum', 'set'))
   AND DATA_TYPE NOT IN ('tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'float', 'double', 'bit', 'date', 'time', 'datetime',
                         'timestamp', 'year', 'binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob');
