-- Those of the given columns whose type has no hash: rows can be matched by them only in order.
-- Locks: nothing.
-- Twice: yes.
SELECT a.attrelid::bigint AS oid, a.attname::text AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type
  FROM ROWS FROM (pg_catalog.unnest(%(oids)s::oid[]), pg_catalog.unnest(%(names)s::text[])) AS w(oid, name)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = w.oid AND a.attname = w.name
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_type base ON base.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
 WHERE base.typtype NOT IN ('e', 'c', 'r', 'm') AND base.typcategory <> 'A'
   AND NOT EXISTS (
         SELECT FROM pg_catalog.pg_opclass o JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod AND m.amname = 'hash'
          WHERE o.opcdefault AND (o.opcintype = base.oid OR EXISTS (
                SELECT FROM pg_catalog.pg_cast b
                 WHERE b.castsource = base.oid AND b.casttarget = o.opcintype AND b.castmethod = 'b' AND b.castcontext = 'i')))
 ORDER BY a.attrelid, a.attnum;
