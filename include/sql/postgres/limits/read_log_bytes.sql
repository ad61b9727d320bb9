-- What the change logs of a migration take of the disk. Logs that are not there take nothing.
-- Locks: ACCESS SHARE on each log, for an instant.
-- Twice: yes, it only reads.
SELECT coalesce(sum(pg_catalog.pg_total_relation_size(pg_catalog.to_regclass(name))), 0)::bigint
  FROM pg_catalog.unnest(%(logs)s::text[]) AS name;
