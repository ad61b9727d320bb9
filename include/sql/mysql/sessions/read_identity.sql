-- Which server this is: to be the same in every session of a migration. Times of starting are as exact as a second.
-- Locks: nothing.
-- Twice: yes.
SELECT @@server_uuid AS `system`, COALESCE(DATABASE(), '') AS `database`, @@version AS version_text,
       (SELECT CAST(UTC_TIMESTAMP() - INTERVAL VARIABLE_VALUE SECOND AS CHAR)
          FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Uptime') AS started;
