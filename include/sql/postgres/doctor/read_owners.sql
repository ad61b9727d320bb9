-- What names stand for now. No row: nothing of that name.
-- Locks: nothing.
-- Twice: yes.
SELECT u.position::int AS position, c.oid::bigint AS oid, c.relkind::text AS kind
  FROM pg_catalog.unnest(%(names)s::text[]) WITH ORDINALITY AS u(name, position)
  JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(u.name)
 ORDER BY u.position;
