-- Who has waited for one of the tables as a whole for longer than `seconds`, and behind whom. Never what they run. Known only where the
-- performance_schema watches the locks of tables, and to who may read it.
-- Locks: nothing.
-- Twice: yes.
SELECT w.`table`, p.ID AS pid, p.USER AS user, p.TIME AS seconds, b.ID AS blocker, b.USER AS blocker_user, lower(b.COMMAND) AS blocker_state
  FROM (SELECT concat('`', replace(m.OBJECT_SCHEMA, '`', '``'), '`.`', replace(m.OBJECT_NAME, '`', '``'), '`') AS `table`,
               m.OWNER_THREAD_ID AS waiter, g.OWNER_THREAD_ID AS blocker
          FROM performance_schema.metadata_locks AS m
          JOIN performance_schema.metadata_locks AS g
            ON g.OBJECT_TYPE = 'TABLE' AND g.OBJECT_SCHEMA = m.OBJECT_SCHEMA AND g.OBJECT_NAME = m.OBJECT_NAME
           AND g.LOCK_STATUS = 'GRANTED' AND g.OWNER_THREAD_ID <> m.OWNER_THREAD_ID
         WHERE m.OBJECT_TYPE = 'TABLE' AND m.LOCK_STATUS = 'PENDING') AS w
  JOIN performance_schema.threads AS wt ON wt.THREAD_ID = w.waiter
  JOIN performance_schema.threads AS bt ON bt.THREAD_ID = w.blocker
  JOIN information_schema.PROCESSLIST AS p ON p.ID = wt.PROCESSLIST_ID
  JOIN information_schema.PROCESSLIST AS b ON b.ID = bt.PROCESSLIST_ID
 WHERE w.`table` IN %(tables)s AND p.TIME > %(seconds)s
 ORDER BY p.TIME DESC, b.ID;
