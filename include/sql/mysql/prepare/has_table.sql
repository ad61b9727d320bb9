-- Whether there is a table of that name. To ask the table itself would hold the name until the transaction ends.
-- Locks: nothing.
-- Twice: yes.
SELECT EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s);
