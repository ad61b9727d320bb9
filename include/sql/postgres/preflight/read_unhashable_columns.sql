-- Those of a table's columns whose type has no hash: rows can be matched by them only in order.
-- Locks: nothing.
-- Twice: yes.
SELECT a.attname::text AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_type base ON base.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
 WHERE a.attrelid = %(oid)s::oid AND a.attname = ANY (%(columns)s) AND base.typtype NOT IN ('e', 'c', 'r', 'm') AND base.typcategory <> 'A'
   AND NOT EXISTS (
         SELECT FROM pg_catalog.pg_opclass o JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod AND m.amname = 'hash'
          WHERE o.opcdefault AND (o.opcintype = base.oid OR EXISTS (
                SELECT FROM pg_catalog.pg_cast b
                 WHERE b.castsource = base.oid AND b.casttarget = o.opcintype AND b.castmethod = 'b' AND b.castcontext = 'i')))
 ORDER BY a.attnum;
