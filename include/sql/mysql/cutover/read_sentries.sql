-- Those of the names that a sentry has, and all gates: they may be in the database of any table that stays, too.
-- Locks: nothing.
-- Twice: yes.
SELECT TABLE_SCHEMA, TABLE_NAME
  FROM information_schema.TABLES
 WHERE ((TABLE_SCHEMA, TABLE_NAME) IN %(names)s OR TABLE_NAME = %(gate)s) AND TABLE_COMMENT = %(sentry)s;
