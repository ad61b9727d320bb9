-- The triggers of ours on tables of a schema: what must not change while we rely on them. One that is dropped and made anew has another
-- time.
-- Locks: nothing.
-- Twice: yes.
SELECT EVENT_OBJECT_TABLE AS `table`, TRIGGER_NAME AS `trigger`, CAST(CREATED AS char) AS created, DEFINER AS definer, SQL_MODE AS sql_mode,
       CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION) AS event, SHA2(ACTION_STATEMENT, 256) AS body
  FROM information_schema.TRIGGERS
 WHERE EVENT_OBJECT_SCHEMA = %(schema)s AND EVENT_OBJECT_TABLE IN %(names)s AND TRIGGER_NAME LIKE 'airlift$_%%' ESCAPE '$';
