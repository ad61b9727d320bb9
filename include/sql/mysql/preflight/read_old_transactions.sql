-- The transactions older than `seconds` that hold any of the given tables, as far as the server keeps who holds what.
-- Locks: nothing.
-- Twice: yes.
SELECT DISTINCT l.OBJECT_SCHEMA AS `schema`, l.OBJECT_NAME AS name, x.trx_mysql_thread_id AS pid, t.PROCESSLIST_USER AS account,
       TIMESTAMPDIFF(SECOND, x.trx_started, NOW()) AS seconds
  FROM performance_schema.metadata_locks AS l
  JOIN performance_schema.threads AS t ON t.THREAD_ID = l.OWNER_THREAD_ID
  JOIN information_schema.INNODB_TRX AS x ON x.trx_mysql_thread_id = t.PROCESSLIST_ID
 WHERE l.OBJECT_TYPE = 'TABLE' AND l.LOCK_STATUS = 'GRANTED' AND (l.OBJECT_SCHEMA, l.OBJECT_NAME) IN %(tables)s
   AND t.PROCESSLIST_ID <> CONNECTION_ID() AND TIMESTAMPDIFF(SECOND, x.trx_started, NOW()) > %(seconds)s
 ORDER BY seconds DESC;
