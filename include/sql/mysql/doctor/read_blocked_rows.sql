-- Who has waited for a row of one of the tables for longer than `seconds`, and behind whom. Never what they run.
-- Locks: nothing.
-- Twice: yes.
SELECT w.`table`, p.ID AS pid, p.USER AS user, w.seconds, b.ID AS blocker, b.USER AS blocker_user, lower(b.COMMAND) AS blocker_state
  FROM (SELECT concat('`', replace(l.OBJECT_SCHEMA, '`', '``'), '`.`', replace(l.OBJECT_NAME, '`', '``'), '`') AS `table`,
               x.trx_mysql_thread_id AS waiter, y.trx_mysql_thread_id AS blocker,
               timestampdiff(SECOND, x.trx_wait_started, convert_tz(utc_timestamp(), '+00:00', 'SYSTEM')) AS seconds
          FROM performance_schema.data_lock_waits AS d
          JOIN performance_schema.data_locks AS l ON l.ENGINE_LOCK_ID = d.REQUESTING_ENGINE_LOCK_ID
          JOIN information_schema.INNODB_TRX AS x ON x.trx_id = d.REQUESTING_ENGINE_TRANSACTION_ID
          JOIN information_schema.INNODB_TRX AS y ON y.trx_id = d.BLOCKING_ENGINE_TRANSACTION_ID) AS w
  JOIN information_schema.PROCESSLIST AS p ON p.ID = w.waiter
  LEFT JOIN information_schema.PROCESSLIST AS b ON b.ID = w.blocker
 WHERE w.`table` IN %(tables)s AND w.seconds > %(seconds)s
 ORDER BY w.seconds DESC, b.ID;
