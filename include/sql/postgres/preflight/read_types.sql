-- The types that somebody made, of those that the given tables use, also inside arrays, domains, ranges and rows, and those with
-- the given names; each with what makes two types of one name the same.
-- Locks: nothing.
-- Twice: yes.
WITH RECURSIVE used(oid) AS (
  SELECT a.atttypid FROM pg_catalog.pg_attribute a
   WHERE a.attrelid = ANY (%(oids)s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
   UNION
  SELECT inner_type.oid
    FROM used
    JOIN pg_catalog.pg_type t ON t.oid = used.oid
   CROSS JOIN LATERAL (
         SELECT t.typelem WHERE t.typcategory = 'A'
          UNION ALL SELECT t.typbasetype WHERE t.typtype = 'd'
          UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid
          UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
                     WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS inner_type(oid)
)
SELECT n.nspname::text AS schema, t.typname::text AS name, t.typtype::text AS kind,
       CASE t.typtype
         WHEN 'e' THEN (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                          FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)
         WHEN 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod)
         WHEN 'r' THEN (SELECT pg_catalog.format_type(r.rngsubtype, NULL) FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid)
         WHEN 'c' THEN (SELECT pg_catalog.string_agg(pg_catalog.format('%%I %%s', a.attname,
                                 pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
                          FROM pg_catalog.pg_attribute a
                         WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
         ELSE '' END AS definition
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE (t.oid IN (SELECT oid FROM used) OR t.oid IN (
         SELECT pg_catalog.to_regtype(w.name) FROM pg_catalog.unnest(%(names)s::text[]) AS w(name)))
   AND t.oid >= 16384 AND t.typtype IN ('b', 'c', 'd', 'e', 'r')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_type element WHERE element.typarray = t.oid)
 ORDER BY 1, 2;
