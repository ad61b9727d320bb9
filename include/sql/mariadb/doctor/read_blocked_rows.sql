-- Who has waited for a row of one of the tables for longer than `seconds`, and behind whom. Never what they run.
-- Locks: nothing.
-- Twice: yes.
SELECT l.lock_table AS `table`, p.ID AS pid, p.USER AS user,
       timestampdiff(SECOND, x.trx_wait_started, convert_tz(utc_timestamp(), '+00:00', 'SYSTEM')) AS seconds,
       b.ID AS blocker, b.USER AS blocker_user, lower(b.COMMAND) AS blocker_state
  FROM information_schema.INNODB_LOCK_WAITS AS d
  JOIN information_schema.INNODB_LOCKS AS l ON l.lock_id = d.requested_lock_id
  JOIN information_schema.INNODB_TRX AS x ON x.trx_id = d.requesting_trx_id
  JOIN information_schema.INNODB_TRX AS y ON y.trx_id = d.blocking_trx_id
  JOIN information_schema.PROCESSLIST AS p ON p.ID = x.trx_mysql_thread_id
  LEFT JOIN information_schema.PROCESSLIST AS b ON b.ID = y.trx_mysql_thread_id
 WHERE l.lock_table IN %(tables)s
HAVING seconds > %(seconds)s
 ORDER BY seconds DESC, b.ID;
