-- The triggers that somebody put on the given tables; those of foreign keys don't count.
-- Locks: nothing.
-- Twice: yes.
SELECT t.tgrelid::bigint AS oid, t.tgname::text AS name, t.tgenabled <> 'D' AS is_enabled
  FROM pg_catalog.pg_trigger t
 WHERE t.tgrelid = ANY (%(oids)s::oid[]) AND NOT t.tgisinternal
 ORDER BY 1, 2;
