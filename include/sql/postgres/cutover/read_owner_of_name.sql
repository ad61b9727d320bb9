-- What a name stands for now.
-- Locks: nothing.
-- Twice: yes.
SELECT c.oid::bigint AS oid, c.relkind::text AS kind FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass(%(table)s);
