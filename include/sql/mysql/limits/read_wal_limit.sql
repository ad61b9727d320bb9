-- How much of its redo log the server keeps, and of a binary log before it begins another one, in bytes.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT CAST(sum(VARIABLE_VALUE) AS signed) AS bytes
  FROM performance_schema.global_variables
 WHERE VARIABLE_NAME = 'innodb_redo_log_capacity' OR VARIABLE_NAME = 'max_binlog_size' AND @@log_bin;
