-- Which server this is: to be the same in every session of a migration.
-- Locks: nothing.
-- Twice: yes.
SELECT (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) AS system,
       CASE WHEN pg_catalog.pg_is_in_recovery() THEN 0
            ELSE ('x' || pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))::bit(32)::int END AS timeline,
       pg_catalog.current_database()::text AS database,
       pg_catalog.pg_postmaster_start_time()::text AS started,
       pg_catalog.pg_is_in_recovery() AS is_standby,
       pg_catalog.current_setting('server_version_num')::int AS version,
       pg_catalog.current_setting('server_version') AS version_text,
       pg_catalog.current_setting('server_encoding') AS encoding;
