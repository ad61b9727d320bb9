-- What tables take of the disk with their indexes and long values.
-- Locks: ACCESS SHARE on each table, for an instant.
-- Twice: yes, it only reads.
SELECT coalesce(sum(pg_catalog.pg_total_relation_size(oid)), 0)::bigint FROM pg_catalog.unnest(%(oids)s::oid[]) AS oid;
