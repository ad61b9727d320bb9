-- What spares work where the columns' values are sent: whether each is stored as utf8mb4, and whether it is never NULL.
-- Locks: nothing.
-- Twice: yes.
SELECT COLUMN_NAME, CHARACTER_SET_NAME <=> 'utf8mb4', IS_NULLABLE = 'NO'
  FROM information_schema.COLUMNS
 WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s AND CAST(TABLE_NAME AS binary) = CAST(%(name)s AS binary);
