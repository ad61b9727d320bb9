-- The sessions that have waited for a row's lock or a table's for longer than `seconds`. Ours are left out as far as the server knows whose
-- they are, and the locks that services queue for on purpose. InnoDB tells times in the machine's own zone.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT p.ID AS pid
  FROM information_schema.PROCESSLIST AS p
  LEFT JOIN information_schema.INNODB_TRX AS t ON t.trx_mysql_thread_id = p.ID AND t.trx_state = 'LOCK WAIT'
  LEFT JOIN performance_schema.session_account_connect_attrs AS a ON a.PROCESSLIST_ID = p.ID AND a.ATTR_NAME = 'program_name'
 WHERE (timestampdiff(SECOND, t.trx_wait_started, convert_tz(utc_timestamp(), '+00:00', 'SYSTEM')) > %(seconds)s
        OR p.STATE LIKE 'Waiting for table%%lock' AND p.TIME > %(seconds)s)
   AND coalesce(a.ATTR_VALUE, '') NOT LIKE 'airlift %%'
 ORDER BY p.TIME DESC;
