-- Which of these rights on a table the roles do not have.
-- Locks: nothing.
-- Twice: yes.
SELECT wanted.role, wanted.privilege
  FROM ROWS FROM (pg_catalog.unnest(%(roles)s::text[]), pg_catalog.unnest(%(privileges)s::text[]))
       WITH ORDINALITY AS wanted(role, privilege, position)
  JOIN pg_catalog.pg_roles r ON r.rolname = wanted.role
 WHERE NOT pg_catalog.has_table_privilege(r.oid, pg_catalog.to_regclass(%(table)s), wanted.privilege)
 ORDER BY wanted.position;
