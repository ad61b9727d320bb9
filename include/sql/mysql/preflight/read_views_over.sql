-- The views that read any of the given tables, as their definitions tell.
-- Locks: nothing.
-- Twice: yes.
SELECT v.TABLE_SCHEMA AS `schema`, v.TABLE_NAME AS name
  FROM information_schema.VIEWS AS v
 WHERE v.TABLE_SCHEMA <> 'airlift' AND LOCATE(%(quoted)s, v.VIEW_DEFINITION) > 0
 ORDER BY v.TABLE_SCHEMA, v.TABLE_NAME;
