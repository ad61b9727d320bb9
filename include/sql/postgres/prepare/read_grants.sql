-- Who may do what with a table, beside its owner.
-- Locks: nothing.
-- Twice: yes.
SELECT CASE WHEN g.grantee = 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(g.grantee) END AS grantee,
       g.privilege_type AS privilege, g.is_grantable
  FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) AS g
 WHERE c.oid = pg_catalog.to_regclass(%(table)s) AND g.grantee <> c.relowner
 ORDER BY 1, 2;
