-- Whether the server shows who holds which table: then it shows that we look.
-- Locks: nothing.
-- Twice: yes.
SELECT COUNT(*) > 0
  FROM performance_schema.metadata_locks AS m
  JOIN performance_schema.threads AS t ON t.THREAD_ID = m.OWNER_THREAD_ID
 WHERE t.PROCESSLIST_ID = CONNECTION_ID();
