-- The sessions on this database that are called as a migration's are, but for this one.
-- Locks: nothing.
-- Twice: yes.
SELECT a.pid, a.application_name AS application, coalesce(a.state, 'unknown') AS state,
       extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(a.state_change, a.backend_start))::float8 AS seconds,
       coalesce(a.wait_event_type || ' ' || a.wait_event, '') AS waits_for
  FROM pg_catalog.pg_stat_activity a
 WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
   AND pg_catalog.starts_with(a.application_name, pg_catalog.left(%(prefix)s, 63))
 ORDER BY a.application_name, a.pid;
