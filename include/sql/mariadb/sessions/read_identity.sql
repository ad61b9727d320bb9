-- Which server this is: to be the same in every session of a migration. Times of starting are as exact as a second. Servers before 10.11.9 have
-- no server_uid: they are told by what that is made of, the network card and the port, and by their host and folder.
-- Locks: nothing.
-- Twice: yes.
SELECT COALESCE((SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME = 'SERVER_UID'),
                MD5(CONCAT_WS(' ', RIGHT(UUID(), 12), @@port, @@hostname, @@datadir))) AS `system`,
       COALESCE(DATABASE(), '') AS `database`, @@version AS version_text,
       (SELECT CAST(UTC_TIMESTAMP() - INTERVAL VARIABLE_VALUE SECOND AS CHAR)
          FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'Uptime') AS started;
