-- What tables take of the disk with their indexes and long values, and everything in our own schema. What is not there takes nothing.
-- Locks: ACCESS SHARE on each table, for an instant.
-- Twice: yes, it only reads.
SELECT coalesce(sum(pg_catalog.pg_total_relation_size(oid)), 0)::bigint
  FROM (SELECT pg_catalog.to_regclass(name)::oid AS oid FROM pg_catalog.unnest(%(tables)s::text[]) AS name
         UNION
        SELECT c.oid FROM pg_catalog.pg_class AS c
         WHERE c.relnamespace = pg_catalog.to_regnamespace(%(own)s) AND c.relkind IN ('r', 'm')) AS made;
