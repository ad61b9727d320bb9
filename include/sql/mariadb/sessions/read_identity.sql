-- Which server this is: to be the same in every session of a migration. It has no identity of its own that it keeps: server_uid is made of its
-- network card and its port, and containers on two hosts may have the same ones. Releases without server_uid have the card in their UUIDs.
-- Times of starting are as exact as a second.
-- Locks: nothing.
-- Twice: yes.
SELECT MD5(CONCAT_WS(' ', COALESCE((SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES WHERE VARIABLE_NAME = 'SERVER_UID'),
                                   RIGHT(UUID(), 12)), @@port, @@hostname, @@datadir)) AS `system`,
       COALESCE(DATABASE(), '') AS `database`, @@version AS version_text,
       (SELECT CAST(UTC_TIMESTAMP() - INTERVAL VARIABLE_VALUE SECOND AS CHAR)
          FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'Uptime') AS started;
