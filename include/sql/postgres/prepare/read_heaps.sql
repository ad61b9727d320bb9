-- Which heaps tables have now: VACUUM FULL, CLUSTER, TRUNCATE and rewriting ALTERs give them others. No row: no such table.
-- With them, by number only, for it is read while writers wait, too: what is on a table and bears on its writers (unique indexes,
-- exclusion and CHECK constraints, foreign keys, triggers but for ours and those of foreign keys, rules; the table itself where row
-- security is on; defaults, and as one number NOT NULL, identity and generation of the columns, with what is granted on them and on the
-- table).
-- Locks: nothing.
-- Twice: yes.
SELECT u.position::int AS position, c.oid::bigint AS oid, pg_catalog.pg_relation_filenode(c.oid)::bigint AS filenode,
       ARRAY(SELECT i.indexrelid::bigint FROM pg_catalog.pg_index i
              WHERE i.indrelid = c.oid AND i.indisvalid AND (i.indisunique OR i.indisexclusion)
              UNION ALL
             SELECT k.oid::bigint FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f')
              UNION ALL
             SELECT g.oid::bigint FROM pg_catalog.pg_trigger g
              WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgname NOT LIKE 'airlift\_%%'
              UNION ALL
             SELECT r.oid::bigint FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid
              UNION ALL
             SELECT c.oid::bigint WHERE c.relrowsecurity
              UNION ALL
             SELECT d.oid::bigint FROM pg_catalog.pg_attrdef d WHERE d.adrelid = c.oid
              UNION ALL
             SELECT pg_catalog.hashtextextended(pg_catalog.concat(c.relacl::text, pg_catalog.string_agg(pg_catalog.concat(
                      ' ', t.attnum, t.attnotnull, t.attidentity, t.attgenerated, t.attacl::text), '' ORDER BY t.attnum)), 0)
               FROM pg_catalog.pg_attribute t
              WHERE t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped
              ORDER BY 1) AS attached
  FROM pg_catalog.unnest(%(tables)s::text[]) WITH ORDINALITY AS u(name, position)
  JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(u.name)
 ORDER BY u.position;
