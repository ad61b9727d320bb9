-- The names of the extended statistics in a schema: they have a namespace of their own.
-- Locks: nothing.
-- Twice: yes.
SELECT s.stxname AS name
  FROM pg_catalog.pg_statistic_ext s
  JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
 WHERE n.nspname = %(schema)s;
