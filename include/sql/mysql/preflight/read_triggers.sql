-- The triggers on the given tables.
-- Locks: nothing.
-- Twice: yes.
SELECT EVENT_OBJECT_SCHEMA AS `schema`, EVENT_OBJECT_TABLE AS `table`, TRIGGER_NAME AS name
  FROM information_schema.TRIGGERS
 WHERE (EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE) IN %(tables)s
 ORDER BY EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, TRIGGER_NAME;
