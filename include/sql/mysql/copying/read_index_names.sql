-- The names of a table's indexes.
-- Locks: nothing.
-- Twice: yes.
SELECT DISTINCT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(table)s;
