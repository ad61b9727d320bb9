-- All triggers in this database that are called as ours are, on whatever table or view.
-- Locks: nothing.
-- Twice: yes.
SELECT c.oid::bigint AS oid, n.nspname::text AS schema, c.relname::text AS relation, t.tgname::text AS name, t.tgenabled::text AS enabled
  FROM pg_catalog.pg_trigger t
  JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT t.tgisinternal AND pg_catalog.starts_with(t.tgname::text, %(prefix)s)
 ORDER BY 2, 3, 4;
