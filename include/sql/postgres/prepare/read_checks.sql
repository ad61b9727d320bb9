-- The CHECK constraints of tables.
-- Locks: nothing.
-- Twice: yes.
SELECT k.conrelid::bigint AS table_oid, k.conname AS name, pg_catalog.pg_get_constraintdef(k.oid) AS definition
  FROM pg_catalog.pg_constraint k
 WHERE k.conrelid = ANY (%(oids)s::oid[]) AND k.contype = 'c'
 ORDER BY k.conrelid, k.conname;
