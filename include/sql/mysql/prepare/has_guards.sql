-- Whether a table of ours is there.
-- Locks: nothing.
-- Twice: yes.
SELECT EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s);
