-- What there is in our own schema, and whether our role may change it.
-- Locks: nothing.
-- Twice: yes.
SELECT c.relname::text AS name, pg_catalog.pg_has_role(c.relowner, 'USAGE') AS is_owner, false AS is_function
  FROM pg_catalog.pg_class c
 WHERE c.relnamespace = pg_catalog.to_regnamespace('airlift') AND c.relkind IN ('r', 'v')
UNION ALL
SELECT p.proname::text, pg_catalog.pg_has_role(p.proowner, 'USAGE'), true
  FROM pg_catalog.pg_proc p
 WHERE p.pronamespace = pg_catalog.to_regnamespace('airlift')
 ORDER BY 3, 1;
