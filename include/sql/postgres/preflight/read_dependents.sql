-- What depends on the given tables or on their row types and would stay with the old table: views, rules, policies, functions
-- with parsed bodies, columns of a row type, and whatever else the catalog knows. What moves along with a table is left out.
-- Locks: nothing.
-- Twice: yes.
WITH moved AS (
  SELECT c.oid, c.reltype, t.typarray FROM pg_catalog.pg_class c JOIN pg_catalog.pg_type t ON t.oid = c.reltype
   WHERE c.oid = ANY (%(oids)s::oid[])
), hanging AS (
  SELECT m.oid AS moved, d.classid, d.objid, d.objsubid
    FROM moved m
    JOIN pg_catalog.pg_depend d
      ON (d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = m.oid)
      OR (d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN (m.reltype, m.typarray))
   WHERE d.deptype NOT IN ('e', 'x')
     AND NOT (d.classid = 'pg_catalog.pg_type'::regclass AND d.objid IN (m.reltype, m.typarray))
), named AS (
  SELECT h.moved, CASE WHEN v.oid IS NULL THEN h.classid ELSE 'pg_catalog.pg_class'::regclass END AS classid,
         coalesce(v.oid, h.objid) AS objid, CASE WHEN v.oid IS NULL THEN h.objsubid ELSE 0 END AS objsubid
    FROM hanging h
    LEFT JOIN pg_catalog.pg_rewrite r ON h.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = h.objid
    LEFT JOIN pg_catalog.pg_class v ON v.oid = r.ev_class AND v.relkind IN ('v', 'm')
    LEFT JOIN pg_catalog.pg_class c ON h.classid = 'pg_catalog.pg_class'::regclass AND c.oid = h.objid
    LEFT JOIN pg_catalog.pg_attrdef f ON h.classid = 'pg_catalog.pg_attrdef'::regclass AND f.oid = h.objid
    LEFT JOIN pg_catalog.pg_constraint k ON h.classid = 'pg_catalog.pg_constraint'::regclass AND k.oid = h.objid
    LEFT JOIN pg_catalog.pg_trigger g ON h.classid = 'pg_catalog.pg_trigger'::regclass AND g.oid = h.objid
   WHERE h.classid::regclass::text NOT LIKE '%%pg_publication_rel' AND h.classid::regclass::text NOT LIKE '%%pg_statistic_ext'
     AND (c.oid IS NULL OR (c.oid <> h.moved AND c.relkind NOT IN ('i', 'I', 't', 'S') AND NOT c.relispartition))
     AND (f.oid IS NULL OR f.adrelid <> h.moved)
     AND (k.oid IS NULL OR (k.conrelid <> h.moved AND k.contype <> 'f'))
     AND (g.oid IS NULL OR (g.tgrelid <> h.moved AND NOT g.tgisinternal))
)
SELECT DISTINCT n.moved::bigint AS oid, i.type AS kind, i.identity
  FROM named n
 CROSS JOIN LATERAL pg_catalog.pg_identify_object(n.classid, n.objid, n.objsubid) AS i
 ORDER BY 1, 2, 3;
