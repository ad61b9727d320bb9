-- Who has waited for a row of one of the tables for longer than `seconds`, and behind whom. Never what they run. The server names a table
-- as `schema`.`name`, each quoted.
-- Locks: nothing.
-- Twice: yes.
SELECT substring(w.lock_table, 2, locate('`.`', w.lock_table) - 2) AS `schema`,
       replace(substring(w.lock_table, locate('`.`', w.lock_table) + 3, char_length(w.lock_table) - locate('`.`', w.lock_table) - 3), '``', '`')
         AS name,
       p.ID AS pid, p.USER AS user, w.seconds, b.ID AS blocker, b.USER AS blocker_user, lower(b.COMMAND) AS blocker_state
  FROM (SELECT l.lock_table, x.trx_mysql_thread_id AS waiter, y.trx_mysql_thread_id AS blocker,
               timestampdiff(SECOND, x.trx_wait_started, convert_tz(utc_timestamp(), '+00:00', 'SYSTEM')) AS seconds
          FROM information_schema.INNODB_LOCK_WAITS AS d
          JOIN information_schema.INNODB_LOCKS AS l ON l.lock_id = d.requested_lock_id
          JOIN information_schema.INNODB_TRX AS x ON x.trx_id = d.requesting_trx_id
          JOIN information_schema.INNODB_TRX AS y ON y.trx_id = d.blocking_trx_id) AS w
  JOIN information_schema.PROCESSLIST AS p ON p.ID = w.waiter
  LEFT JOIN information_schema.PROCESSLIST AS b ON b.ID = w.blocker
 WHERE w.lock_table IN %(quoted)s AND w.seconds > %(seconds)s
 ORDER BY w.seconds DESC, b.ID;
