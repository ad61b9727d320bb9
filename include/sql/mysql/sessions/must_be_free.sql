-- Raise where others hold any lock on tables: the subquery has more than one row then, and what stands behind it in the message is not run.
-- Locks: nothing.
-- Twice: yes.
SELECT (SELECT 1
          FROM performance_schema.metadata_locks AS m
         WHERE m.OBJECT_TYPE = 'TABLE' AND m.LOCK_STATUS = 'GRANTED'
           AND (m.OBJECT_SCHEMA, m.OBJECT_NAME) IN %(tables)s
           AND m.OWNER_THREAD_ID NOT IN (SELECT t.THREAD_ID FROM performance_schema.threads AS t WHERE t.PROCESSLIST_ID IN %(ours)s)
         UNION ALL SELECT 1);
