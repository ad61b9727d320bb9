-- Which of a view's columns take an INSERT and an UPDATE.
-- Locks: nothing.
-- Twice: yes.
SELECT column_name::text AS name, is_updatable = 'YES' AS is_updatable
  FROM information_schema.columns
 WHERE table_schema = %(schema)s AND table_name = %(name)s
 ORDER BY ordinal_position;
