-- The triggers on the given tables, but for ours.
-- Locks: nothing.
-- Twice: yes.
SELECT EVENT_OBJECT_SCHEMA AS `schema`, EVENT_OBJECT_TABLE AS name, TRIGGER_NAME AS trigger_name,
       CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION, ' ', ACTION_STATEMENT) AS definition
  FROM information_schema.TRIGGERS
 WHERE (EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE) IN %(tables)s AND TRIGGER_NAME NOT LIKE 'airlift\\_%%'
 ORDER BY EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, TRIGGER_NAME;
