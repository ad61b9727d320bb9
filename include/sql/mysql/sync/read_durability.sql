-- Whether each commit is on the disk when it is answered: what the server is to keep of it after a crash of the machine is in both of these.
-- Locks: nothing.
-- Twice: yes.
SELECT @@innodb_flush_log_at_trx_commit = 1 AND (@@sync_binlog = 1 OR NOT @@log_bin) AS is_durable;
