-- The triggers of ours on one table: what must not change while we rely on them. One that is dropped and made anew has another time.
-- Joined with its likes by UNION ALL.
-- Locks: nothing.
-- Twice: yes.
SELECT %(position)s AS position, TRIGGER_NAME AS `trigger`, CAST(CREATED AS char) AS created, DEFINER AS definer, SQL_MODE AS sql_mode,
       CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION) AS event, MD5(ACTION_STATEMENT) AS body
  FROM information_schema.TRIGGERS
 WHERE EVENT_OBJECT_SCHEMA = %(schema)s AND EVENT_OBJECT_TABLE = %(name)s AND TRIGGER_NAME LIKE 'airlift$_%%' ESCAPE '$'
