-- Who is sent the binary log.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT concat(USER, '@', HOST) AS name FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%%';
