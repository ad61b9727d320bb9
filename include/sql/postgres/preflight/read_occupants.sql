-- What stands where a new table or view is to stand. Array types that the server named by itself give way and don't count.
-- Locks: nothing.
-- Twice: yes.
SELECT w.schema, w.name, i.type AS kind, i.identity
  FROM ROWS FROM (pg_catalog.unnest(%(schemas)s::text[]), pg_catalog.unnest(%(names)s::text[])) AS w(schema, name)
  JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
 CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_class'::regclass, c.oid, 0) AS i
UNION ALL
SELECT w.schema, w.name, i.type, i.identity
  FROM ROWS FROM (pg_catalog.unnest(%(schemas)s::text[]), pg_catalog.unnest(%(names)s::text[])) AS w(schema, name)
  JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
  JOIN pg_catalog.pg_type t ON t.typnamespace = n.oid AND t.typname = w.name AND t.typrelid = 0
 CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_type'::regclass, t.oid, 0) AS i
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_type element WHERE element.typarray = t.oid)
 ORDER BY 1, 2;
