-- The catalog rows of triggers of ours on tables and of their functions: what must not change while we rely on them. DISABLE,
-- UPDATE, ENABLE in one transaction leaves no other trace than xmin.
-- Locks: nothing.
-- Twice: yes.
SELECT u.position::int AS position, t.tgname::text AS trigger, t.oid::bigint AS oid, t.xmin::text AS xmin, t.tgenabled::text AS enabled,
       p.oid::bigint AS function_oid, p.xmin::text AS function_xmin
  FROM pg_catalog.unnest(%(tables)s::text[]) WITH ORDINALITY AS u(name, position)
  JOIN pg_catalog.pg_trigger t ON t.tgrelid = pg_catalog.to_regclass(u.name) AND t.tgname = ANY (%(triggers)s)
  JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
 ORDER BY u.position, t.tgname;
