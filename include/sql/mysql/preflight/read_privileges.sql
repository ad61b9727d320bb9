-- What our account may do everywhere (no pattern), and in databases whose names are like a pattern.
-- Locks: nothing.
-- Twice: yes.
SELECT NULL AS pattern, PRIVILEGE_TYPE AS privilege
  FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = %(grantee)s
UNION ALL
SELECT TABLE_SCHEMA, PRIVILEGE_TYPE
  FROM information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = %(grantee)s;
