-- What the indexes of tables take of the disk: the largest of each table, and all of it together.
-- Locks: ACCESS SHARE on each index, for an instant.
-- Twice: yes, it only reads.
SELECT indrelid::bigint AS oid, max(pg_catalog.pg_relation_size(indexrelid))::bigint AS largest,
       sum(pg_catalog.pg_relation_size(indexrelid))::bigint AS together
  FROM pg_catalog.pg_index
 WHERE indrelid = ANY (%(oids)s::oid[])
 GROUP BY indrelid;
