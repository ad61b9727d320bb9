-- Every relation outside the system's own schemas, with what decides how it can be moved.
-- Locks: nothing.
-- Twice: yes.
SELECT n.nspname AS schema, c.relname AS name, c.oid::bigint AS oid, c.relkind::text AS kind,
       c.relpersistence::text AS persistence, c.relispartition AS is_partition,
       coalesce(pg_catalog.pg_relation_filenode(c.oid), 0)::bigint AS filenode,
       CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_relation_size(c.oid) ELSE 0 END AS bytes,
       pg_catalog.current_setting('block_size')::int AS block_size,
       greatest(c.reltuples, 0)::bigint AS rows,
       c.relrowsecurity AS row_security, c.relhasrules AS has_rules,
       EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent)) AS inherits,
       pg_catalog.pg_get_userbyid(c.relowner) AS owner,
       pg_catalog.pg_has_role(c.relowner, 'USAGE') AS is_owner,
       c.reloftype <> 0 AS is_typed, pg_catalog.obj_description(c.oid, 'pg_class') AS comment
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'i', 'I', 'c')
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'airlift')
   AND n.nspname NOT LIKE 'pg\_temp\_%%' AND n.nspname NOT LIKE 'pg\_toast\_temp\_%%'
 ORDER BY n.nspname, c.relname;
