-- The sessions that hold any of the tables in transactions older than `older_ms`: no lock of ours is granted beside them.
-- Locks: nothing.
-- Twice: yes.
SELECT DISTINCT p.ID AS pid, p.USER AS role, p.HOST AS host, IF(p.COMMAND = 'Sleep', 'idle in its transaction', p.COMMAND) AS state,
       GREATEST(p.TIME, COALESCE(e.TIMER_WAIT / 1e12, 0), COALESCE(TIMESTAMPDIFF(MICROSECOND, x.trx_started, CONVERT_TZ(UTC_TIMESTAMP(6), '+00:00', 'SYSTEM')) / 1000000 - 1, 0)) AS seconds,
       CONCAT(m.OBJECT_SCHEMA, '.', m.OBJECT_NAME) AS relation, m.LOCK_TYPE AS mode
  FROM performance_schema.metadata_locks AS m
  JOIN performance_schema.threads AS t ON t.THREAD_ID = m.OWNER_THREAD_ID
  JOIN information_schema.PROCESSLIST AS p ON p.ID = t.PROCESSLIST_ID
  LEFT JOIN performance_schema.events_transactions_current AS e ON e.THREAD_ID = t.THREAD_ID AND e.STATE = 'ACTIVE'
  LEFT JOIN information_schema.INNODB_TRX AS x ON x.trx_mysql_thread_id = p.ID
 WHERE m.OBJECT_TYPE = 'TABLE' AND m.LOCK_STATUS = 'GRANTED' AND (m.OBJECT_SCHEMA, m.OBJECT_NAME) IN %(tables)s
   AND p.ID <> CONNECTION_ID()
HAVING seconds > %(older_ms)s / 1000
 ORDER BY seconds DESC;
