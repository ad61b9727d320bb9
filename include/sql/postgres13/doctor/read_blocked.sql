-- Who has waited for a lock on one of the tables for longer than `seconds`, and behind whom. Never what they run.
-- Before version 14 it is not said since when somebody waits, but since when his statement runs.
-- Locks: nothing.
-- Twice: yes.
SELECT l.relation::bigint AS oid, l.mode, w.pid, w.usename::text AS role, w.application_name AS application,
       extract(epoch FROM pg_catalog.clock_timestamp() - w.query_start)::float8 AS seconds,
       u.pid AS blocker, b.usename::text AS blocker_role, b.application_name AS blocker_application,
       coalesce(b.state, 'unknown') AS blocker_state
  FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_stat_activity w ON w.pid = l.pid
 CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(l.pid)) AS u(pid)
  LEFT JOIN pg_catalog.pg_stat_activity b ON b.pid = u.pid
 WHERE NOT l.granted AND l.locktype = 'relation' AND l.relation = ANY (%(oids)s::oid[])
   AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
   AND pg_catalog.clock_timestamp() - w.query_start > pg_catalog.make_interval(secs => %(seconds)s)
 ORDER BY seconds DESC, u.pid;
