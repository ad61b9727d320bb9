-- How many locks others hold on tables.
-- Locks: nothing.
-- Twice: yes.
SELECT COUNT(*)
  FROM performance_schema.metadata_locks
 WHERE OBJECT_TYPE = 'TABLE' AND LOCK_STATUS = 'GRANTED' AND (OBJECT_SCHEMA, OBJECT_NAME) IN %(tables)s
   AND OWNER_THREAD_ID <> PS_CURRENT_THREAD_ID();
