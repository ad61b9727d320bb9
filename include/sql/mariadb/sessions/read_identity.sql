-- Which server this is: to be the same in every session of a migration. Times of starting are as exact as a second.
-- Locks: nothing.
-- Twice: yes.
SELECT @@server_uid AS `system`, COALESCE(DATABASE(), '') AS `database`, @@version AS version_text,
       (SELECT CAST(UTC_TIMESTAMP() - INTERVAL VARIABLE_VALUE SECOND AS CHAR)
          FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'Uptime') AS started;
