-- The sessions that hold locks on any of the tables in transactions older than `older_ms`: whoever waits for them makes
-- writers queue. Autovacuum is sent away otherwise.
-- Locks: nothing.
-- Twice: yes.
SELECT DISTINCT a.pid, a.usename::text AS role, a.application_name AS application, coalesce(a.state, a.backend_type) AS state,
       extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8 AS seconds, l.relation::pg_catalog.regclass::text AS relation,
       l.mode AS mode
  FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'relation' AND l.granted AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
   AND l.relation IN (SELECT pg_catalog.to_regclass(t) FROM pg_catalog.unnest(%(tables)s::text[]) AS t)
   AND l.pid <> pg_catalog.pg_backend_pid() AND a.backend_type <> 'autovacuum worker' AND l.mode = ANY (%(modes)s)
   AND pg_catalog.clock_timestamp() - a.xact_start > pg_catalog.make_interval(secs => %(older_ms)s / 1000.0)
 ORDER BY seconds DESC;
