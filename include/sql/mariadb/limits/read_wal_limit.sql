-- How much of its redo log the server keeps, and of a binary log before it begins another one, in bytes.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT @@innodb_log_file_size + if(@@log_bin, @@max_binlog_size, 0) AS bytes;
