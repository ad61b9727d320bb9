-- The columns of one table now, with their places. Joined with its likes by UNION ALL.
-- Locks: nothing.
-- Twice: yes.
SELECT %(position)s AS position, CAST(ORDINAL_POSITION AS signed) AS number, COLUMN_NAME AS name, COLUMN_TYPE AS type
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s
