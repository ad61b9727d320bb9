-- The sessions with transactions older than `older_ms`, whatever they use. A transaction's age is known in whole seconds only, a session's
-- rest as it is.
-- Locks: nothing.
-- Twice: yes.
SELECT p.ID AS pid, p.USER AS role, p.HOST AS host, IF(p.COMMAND = 'Sleep', 'idle in its transaction', p.COMMAND) AS state,
       GREATEST(p.TIME, COALESCE(TIMESTAMPDIFF(MICROSECOND, x.trx_started, CONVERT_TZ(UTC_TIMESTAMP(6), '+00:00', 'SYSTEM')) / 1000000 - 1, 0)) AS seconds,
       x.trx_isolation_level AS level, CAST(x.trx_started AS char) AS started, CAST(x.trx_id AS char) AS number
  FROM information_schema.INNODB_TRX AS x
  JOIN information_schema.PROCESSLIST AS p ON p.ID = x.trx_mysql_thread_id
 WHERE p.ID <> CONNECTION_ID() AND p.ID NOT IN %(ours)s
HAVING seconds > %(older_ms)s / 1000
 ORDER BY seconds DESC;
