-- Which of the given schemas there are, and what our role may do in each.
-- Locks: nothing.
-- Twice: yes.
SELECT w.name, n.oid IS NOT NULL AS is_there,
       coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE'), false) AS may_use,
       coalesce(pg_catalog.has_schema_privilege(n.oid, 'CREATE'), false) AS may_create
  FROM pg_catalog.unnest(%(names)s::text[]) AS w(name)
  LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = w.name;
