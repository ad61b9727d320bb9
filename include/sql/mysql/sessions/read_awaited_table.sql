-- The table that a session waits for.
-- Locks: nothing.
-- Twice: yes.
SELECT m.OBJECT_SCHEMA, m.OBJECT_NAME
  FROM performance_schema.metadata_locks AS m
  JOIN performance_schema.threads AS t ON t.THREAD_ID = m.OWNER_THREAD_ID
 WHERE t.PROCESSLIST_ID = %(pid)s AND m.OBJECT_TYPE = 'TABLE' AND m.LOCK_STATUS = 'PENDING';
