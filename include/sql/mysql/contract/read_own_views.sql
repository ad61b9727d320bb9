-- The views in our own database whose names begin in one way.
-- Locks: nothing.
-- Twice: yes.
SELECT TABLE_NAME FROM information_schema.TABLES
 WHERE TABLE_SCHEMA = 'airlift' AND TABLE_TYPE = 'VIEW' AND left(TABLE_NAME, char_length(%(prefix)s)) = %(prefix)s;
