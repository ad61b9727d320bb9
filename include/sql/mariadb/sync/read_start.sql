-- When the server was started, to the second: both of these count from the same clock's same moment, so that the difference is exact.
-- Locks: nothing.
-- Twice: yes.
SELECT CAST(unix_timestamp() - VARIABLE_VALUE AS signed) AS started FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'UPTIME';
