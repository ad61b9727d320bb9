-- Whether the server turns writes of a view into writes of the table below.
-- Locks: nothing.
-- Twice: yes.
SELECT IS_UPDATABLE FROM information_schema.VIEWS WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s;
