-- The roles of this server, whether this session may hand objects to them, and which of them it is.
-- Locks: nothing.
-- Twice: yes.
SELECT rolname::text AS name, pg_catalog.pg_has_role(oid, 'MEMBER') AS is_member, rolname = current_user AS is_self
  FROM pg_catalog.pg_roles;
