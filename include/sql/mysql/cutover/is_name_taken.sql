-- Whether a name stands for anything.
-- Locks: nothing.
-- Twice: yes.
SELECT EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s);
