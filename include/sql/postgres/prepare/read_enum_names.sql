-- The enum types of this database.
-- Locks: nothing.
-- Twice: yes.
SELECT n.nspname AS schema, t.typname AS name
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype = 'e';
