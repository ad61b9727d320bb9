-- What each index of tables takes of the disk.
-- Locks: ACCESS SHARE on each index, for an instant.
-- Twice: yes, it only reads.
SELECT i.indrelid::bigint AS oid, c.relname::text AS name, pg_catalog.pg_relation_size(i.indexrelid)::bigint AS bytes
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
 WHERE i.indrelid = ANY (%(oids)s::oid[]);
