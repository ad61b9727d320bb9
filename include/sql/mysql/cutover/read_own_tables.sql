-- Those of our tables that are there.
-- Locks: nothing.
-- Twice: yes.
SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME IN %(names)s ORDER BY TABLE_NAME;
