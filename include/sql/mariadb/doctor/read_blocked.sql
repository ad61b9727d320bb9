-- Who has waited for a row of one of the tables, or for a table, for longer than `seconds`, and behind whom. Never what they run. Tables that
-- are waited for are known only where the performance_schema watches their locks.
-- Locks: nothing.
-- Twice: yes.
SELECT t.TABLE_ID AS oid, 'a row' AS what, w.ID AS pid, w.USER AS user, p.ID AS blocker, p.USER AS blocker_user, lower(p.COMMAND) AS blocker_state,
       timestampdiff(SECOND, x.trx_wait_started, convert_tz(utc_timestamp(), '+00:00', 'SYSTEM')) AS seconds
  FROM information_schema.INNODB_LOCK_WAITS AS d
  JOIN information_schema.INNODB_LOCKS AS l ON l.lock_id = d.requested_lock_id
  JOIN information_schema.INNODB_TRX AS x ON x.trx_id = d.requesting_trx_id
  JOIN information_schema.INNODB_TRX AS y ON y.trx_id = d.blocking_trx_id
  JOIN information_schema.PROCESSLIST AS w ON w.ID = x.trx_mysql_thread_id
  LEFT JOIN information_schema.PROCESSLIST AS p ON p.ID = y.trx_mysql_thread_id
  JOIN information_schema.INNODB_SYS_TABLES AS t
    ON concat('`', replace(CONVERT(CONVERT(CAST(t.NAME AS binary) USING filename) USING utf8mb4), '/', '`.`'), '`') = l.lock_table
 WHERE t.TABLE_ID IN %(oids)s AND timestampdiff(SECOND, x.trx_wait_started, convert_tz(utc_timestamp(), '+00:00', 'SYSTEM')) > %(seconds)s
UNION ALL
SELECT t.TABLE_ID, 'the table', w.ID, w.USER, p.ID, p.USER, lower(p.COMMAND), w.TIME
  FROM performance_schema.metadata_locks AS m
  JOIN performance_schema.metadata_locks AS b
    ON b.OBJECT_TYPE = 'TABLE' AND b.OBJECT_SCHEMA = m.OBJECT_SCHEMA AND b.OBJECT_NAME = m.OBJECT_NAME AND b.LOCK_STATUS = 'GRANTED'
   AND b.OWNER_THREAD_ID <> m.OWNER_THREAD_ID
  JOIN performance_schema.threads AS wt ON wt.THREAD_ID = m.OWNER_THREAD_ID
  JOIN performance_schema.threads AS bt ON bt.THREAD_ID = b.OWNER_THREAD_ID
  JOIN information_schema.PROCESSLIST AS w ON w.ID = wt.PROCESSLIST_ID
  LEFT JOIN information_schema.PROCESSLIST AS p ON p.ID = bt.PROCESSLIST_ID
  JOIN information_schema.INNODB_SYS_TABLES AS t
    ON t.NAME = concat(CONVERT(CAST(CONVERT(m.OBJECT_SCHEMA USING filename) AS binary) USING utf8mb4), '/',
                       CONVERT(CAST(CONVERT(m.OBJECT_NAME USING filename) AS binary) USING utf8mb4))
 WHERE m.OBJECT_TYPE = 'TABLE' AND m.LOCK_STATUS = 'PENDING' AND t.TABLE_ID IN %(oids)s AND w.TIME > %(seconds)s
 ORDER BY seconds DESC, blocker;
