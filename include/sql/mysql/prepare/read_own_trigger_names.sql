-- The triggers whose names begin so.
-- Locks: nothing.
-- Twice: yes.
SELECT TRIGGER_SCHEMA AS `schema`, TRIGGER_NAME AS name
  FROM information_schema.TRIGGERS
 WHERE TRIGGER_NAME LIKE CONCAT(REPLACE(%(prefix)s, '_', '\\_'), '%%');
