-- The enum types that the columns of the given tables use, with their labels in order.
-- Locks: nothing.
-- Twice: yes.
SELECT n.nspname AS schema, t.typname AS name, ARRAY(
         SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype = 'e' AND t.oid IN (
         SELECT CASE WHEN base.typcategory = 'A' THEN base.typelem ELSE base.oid END
           FROM pg_catalog.pg_attribute a
           JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
           JOIN pg_catalog.pg_type base ON base.oid = CASE WHEN y.typtype = 'd' THEN y.typbasetype ELSE y.oid END
          WHERE a.attrelid = ANY (%(oids)s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped)
 ORDER BY 1, 2;
