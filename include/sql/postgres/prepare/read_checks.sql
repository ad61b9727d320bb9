-- The CHECK constraints of one table.
-- Locks: nothing.
-- Twice: yes.
SELECT k.conname AS name, pg_catalog.pg_get_constraintdef(k.oid) AS definition
  FROM pg_catalog.pg_constraint k
 WHERE k.conrelid = %(oid)s::oid AND k.contype = 'c'
 ORDER BY k.conname;
