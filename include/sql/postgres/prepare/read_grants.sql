-- Who may do what with a table, or with a single column of it, beside its owner.
-- Locks: nothing.
-- Twice: yes.
SELECT CASE WHEN g.grantee <> 0 THEN pg_catalog.pg_get_userbyid(g.grantee)::text END AS grantee, NULL::text AS column,
       g.privilege_type AS privilege, g.is_grantable
  FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) AS g
 WHERE c.oid = pg_catalog.to_regclass(%(table)s) AND g.grantee <> c.relowner
UNION ALL
SELECT CASE WHEN g.grantee <> 0 THEN pg_catalog.pg_get_userbyid(g.grantee)::text END, a.attname::text, g.privilege_type, g.is_grantable
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped, pg_catalog.aclexplode(a.attacl) AS g
 WHERE c.oid = pg_catalog.to_regclass(%(table)s) AND g.grantee <> c.relowner
 ORDER BY 1, 3, 2;
