-- The publications of all tables (without an oid), and those that publish any of the given tables.
-- Locks: nothing.
-- Twice: yes.
SELECT p.pubname::text AS name, NULL::bigint AS oid FROM pg_catalog.pg_publication p WHERE p.puballtables
UNION ALL
SELECT p.pubname::text, c.oid::bigint
  FROM pg_catalog.pg_publication p
  JOIN pg_catalog.pg_publication_tables t ON t.pubname = p.pubname
  JOIN pg_catalog.pg_namespace n ON n.nspname = t.schemaname
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
 WHERE NOT p.puballtables AND c.oid = ANY (%(oids)s::oid[])
 ORDER BY 1, 2;
