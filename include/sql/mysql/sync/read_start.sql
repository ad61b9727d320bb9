-- When the server was started, to the second: both of these count from the same clock's same moment, so that the difference is exact.
-- Locks: nothing.
-- Twice: yes.
SELECT CAST(unix_timestamp() - VARIABLE_VALUE AS signed) AS started FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Uptime';
