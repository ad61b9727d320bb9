-- Send the keys of the change log whose row may have gone, or got another key, at any moment: only that makes a server change what
-- references a key. One that was noted once and has its row was there all the time, or came.
-- Locks: nothing.
-- Twice: yes.
SELECT CONCAT({line}, x'0A'), 1
  FROM (SELECT {log_key}, {own_log_key}, COUNT(*) AS `airlift times`, MAX(op = 'D') AS `airlift deleted`
          FROM {log} WHERE op NOT IN ('T', 'V') GROUP BY {log_columns}) AS {source}
 WHERE {are_all} OR `airlift times` > 1 OR `airlift deleted` OR NOT EXISTS (SELECT 1 FROM {table} WHERE {matching});
