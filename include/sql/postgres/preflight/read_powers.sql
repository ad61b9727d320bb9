-- What this server lets our role do, and what it sets for everyone. May be asked outside a transaction, on a standby too.
-- Locks: nothing.
-- Twice: yes.
SELECT pg_catalog.pg_is_in_recovery() AS is_standby,
       pg_catalog.current_setting('default_transaction_read_only') = 'on' AS is_read_only,
       current_user::text AS role,
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS may_create_schemas,
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMP') AS may_make_temporary,
       pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS sees_activity;
