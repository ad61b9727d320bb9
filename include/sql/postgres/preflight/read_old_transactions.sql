-- The transactions older than `seconds` that hold locks on any of the given tables. Whose age the server hides is left out.
-- Locks: nothing.
-- Twice: yes.
SELECT DISTINCT l.relation::bigint AS oid, a.pid, a.usename::text AS role, a.application_name AS application,
       extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8 AS seconds
  FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_catalog.pg_backend_pid() AND l.relation = ANY (%(oids)s::oid[])
   AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
   AND pg_catalog.clock_timestamp() - a.xact_start > pg_catalog.make_interval(secs => %(seconds)s)
 ORDER BY seconds DESC;
