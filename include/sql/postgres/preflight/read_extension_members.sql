-- The given tables that belong to an extension.
-- Locks: nothing.
-- Twice: yes.
SELECT d.objid::bigint AS oid, e.extname::text AS name
  FROM pg_catalog.pg_depend d
  JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
 WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.deptype = 'e'
   AND d.objid = ANY (%(oids)s::oid[])
 ORDER BY 1;
