-- The sequences that the columns of the given tables draw from, with their state.
-- Locks: nothing.
-- Twice: yes.
SELECT DISTINCT tn.nspname AS table_schema, t.relname AS table_name, a.attname AS column_name, sn.nspname AS schema, s.relname AS name,
       d.deptype = 'i' AS is_identity, d.deptype IN ('a', 'i') AND d.classid = 'pg_catalog.pg_class'::regclass AS is_owned,
       q.seqstart AS start_value, q.seqincrement AS increment, q.seqmin AS minimum, q.seqmax AS maximum, q.seqcycle AS cycles,
       q.seqcache AS cache, pg_catalog.format_type(q.seqtypid, NULL) AS type, pg_catalog.pg_get_userbyid(s.relowner)::text AS owner,
       coalesce((
         SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                  'grantee', CASE WHEN g.grantee <> 0 THEN pg_catalog.pg_get_userbyid(g.grantee) END,
                  'privilege', g.privilege_type, 'is_grantable', g.is_grantable))
           FROM pg_catalog.aclexplode(s.relacl) AS g
          WHERE g.grantee <> s.relowner), '[]') AS grants
  FROM pg_catalog.pg_class t
  JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = t.oid AND f.adnum = a.attnum
  JOIN pg_catalog.pg_depend d
    ON (d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
        AND d.refobjid = t.oid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i'))
    OR (d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass)
  JOIN pg_catalog.pg_class s
    ON s.oid = CASE WHEN d.classid = 'pg_catalog.pg_class'::regclass THEN d.objid ELSE d.refobjid END AND s.relkind = 'S'
  JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
  JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid
 WHERE t.oid = ANY (%(oids)s::oid[])
 ORDER BY 1, 2, 3, 7 DESC;
