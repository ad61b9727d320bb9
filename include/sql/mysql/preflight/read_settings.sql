-- What the server sets for everyone and bears on a migration.
-- Locks: nothing.
-- Twice: yes.
SELECT @@GLOBAL.log_bin AS logs_changes, @@GLOBAL.log_bin_trust_function_creators AS trusts_creators, @@GLOBAL.binlog_format AS binlog_format,
       @@GLOBAL.local_infile AS takes_files, @@GLOBAL.read_only AS is_read_only, @@GLOBAL.super_read_only OR @@GLOBAL.innodb_read_only AS is_frozen,
       @@GLOBAL.sql_require_primary_key AS wants_keys, @@GLOBAL.lower_case_table_names AS folds_names,
       @@GLOBAL.sql_mode AS sql_mode, @@GLOBAL.max_allowed_packet AS packet_bytes;
