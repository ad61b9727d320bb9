-- Who may do what with tables, or with single columns of them, beside their owners.
-- Locks: nothing.
-- Twice: yes.
SELECT c.oid::bigint AS table_oid, CASE WHEN g.grantee <> 0 THEN pg_catalog.pg_get_userbyid(g.grantee)::text END AS grantee, NULL::text AS column,
       g.privilege_type AS privilege, g.is_grantable
  FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) AS g
 WHERE c.oid = ANY (%(oids)s::oid[]) AND g.grantee <> c.relowner
UNION ALL
SELECT c.oid::bigint, CASE WHEN g.grantee <> 0 THEN pg_catalog.pg_get_userbyid(g.grantee)::text END, a.attname::text, g.privilege_type, g.is_grantable
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped, pg_catalog.aclexplode(a.attacl) AS g
 WHERE c.oid = ANY (%(oids)s::oid[]) AND g.grantee <> c.relowner
 ORDER BY 1, 2, 4, 3;
