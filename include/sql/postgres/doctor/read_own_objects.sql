-- The tables and functions in our own schema whose names begin as a migration's do, with what tables take up.
-- Locks: nothing that keeps a writer out.
-- Twice: yes.
SELECT c.relname::text AS name, 'table' AS form, pg_catalog.pg_total_relation_size(c.oid)::bigint AS bytes
  FROM pg_catalog.pg_class c
 WHERE c.relnamespace = pg_catalog.to_regnamespace('airlift') AND c.relkind = 'r' AND pg_catalog.starts_with(c.relname::text, %(prefix)s)
UNION ALL
SELECT p.proname::text, 'function', 0
  FROM pg_catalog.pg_proc p
 WHERE p.pronamespace = pg_catalog.to_regnamespace('airlift') AND pg_catalog.starts_with(p.proname::text, %(prefix)s)
 ORDER BY 2, 1;
