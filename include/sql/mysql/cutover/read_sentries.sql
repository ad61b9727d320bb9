-- Those of the names that a sentry has.
-- Locks: nothing.
-- Twice: yes.
SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE (TABLE_SCHEMA, TABLE_NAME) IN %(names)s AND TABLE_COMMENT = %(sentry)s;
