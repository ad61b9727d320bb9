-- The foreign keys that start or end at any of the given tables.
-- Locks: nothing.
-- Twice: yes.
SELECT k.oid::bigint AS oid, k.conname AS name, cn.nspname AS child_schema, c.relname AS child_name, pn.nspname AS parent_schema,
       p.relname AS parent_name, k.convalidated AS is_validated,
       ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u(attnum, position)
               JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum ORDER BY u.position) AS columns,
       ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS u(attnum, position)
               JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum ORDER BY u.position) AS parent_columns,
       CASE WHEN k.confmatchtype = 'f' THEN 'MATCH FULL ' ELSE '' END
         || CASE k.confupdtype WHEN 'c' THEN 'ON UPDATE CASCADE ' WHEN 'n' THEN 'ON UPDATE SET NULL '
              WHEN 'd' THEN 'ON UPDATE SET DEFAULT ' WHEN 'r' THEN 'ON UPDATE RESTRICT ' ELSE '' END
         || CASE k.confdeltype WHEN 'c' THEN 'ON DELETE CASCADE ' WHEN 'n' THEN 'ON DELETE SET NULL '
              WHEN 'd' THEN 'ON DELETE SET DEFAULT ' WHEN 'r' THEN 'ON DELETE RESTRICT ' ELSE '' END
         || CASE WHEN k.condeferrable THEN 'DEFERRABLE ' ELSE '' END
         || CASE WHEN k.condeferred THEN 'INITIALLY DEFERRED ' ELSE '' END AS actions
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
  JOIN pg_catalog.pg_class p ON p.oid = k.confrelid
  JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
 WHERE k.contype = 'f' AND k.conparentid = 0
   AND (k.conrelid = ANY (%(oids)s::oid[]) OR k.confrelid = ANY (%(oids)s::oid[]))
 ORDER BY k.conname, k.oid;
