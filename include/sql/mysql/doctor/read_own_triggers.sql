-- All triggers on this server that are called as a migration's are, on whatever table.
-- Locks: nothing.
-- Twice: yes.
SELECT EVENT_OBJECT_SCHEMA AS `schema`, EVENT_OBJECT_TABLE AS relation, TRIGGER_NAME AS name
  FROM information_schema.TRIGGERS
 WHERE left(TRIGGER_NAME, char_length(%(prefix)s)) = %(prefix)s
 ORDER BY 1, 2, 3;
