-- Which heaps tables have now: VACUUM FULL, CLUSTER, TRUNCATE and rewriting ALTERs give them others. No row: no such table.
-- Locks: nothing.
-- Twice: yes.
SELECT u.position::int AS position, c.oid::bigint AS oid, pg_catalog.pg_relation_filenode(c.oid)::bigint AS filenode
  FROM pg_catalog.unnest(%(tables)s::text[]) WITH ORDINALITY AS u(name, position)
  JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(u.name)
 ORDER BY u.position;
