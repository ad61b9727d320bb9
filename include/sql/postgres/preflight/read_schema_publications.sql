-- The publications of whole schemas, which a new table in such a schema joins by itself. From version 15 on.
-- Locks: nothing.
-- Twice: yes.
SELECT p.pubname::text AS name, n.nspname::text AS schema
  FROM pg_catalog.pg_publication_namespace s
  JOIN pg_catalog.pg_publication p ON p.oid = s.pnpubid
  JOIN pg_catalog.pg_namespace n ON n.oid = s.pnnspid
 WHERE n.nspname = ANY (%(schemas)s)
 ORDER BY 1, 2;
