-- Whether a column draws numbers from its table.
-- Locks: nothing.
-- Twice: yes.
SELECT EXISTS (SELECT 1 FROM information_schema.COLUMNS
                WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s AND COLUMN_NAME = %(column)s AND EXTRA LIKE '%%auto_increment%%');
