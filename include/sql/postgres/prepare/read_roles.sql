-- The roles of this server, and whether this session may hand objects to them.
-- Locks: nothing.
-- Twice: yes.
SELECT rolname::text AS name, pg_catalog.pg_has_role(oid, 'MEMBER') AS is_member FROM pg_catalog.pg_roles;
