-- The sessions of this database that still look at an instant more than `older_ms` ago: through the view they would miss rows that
-- were committed before they looked. Those that wait for the fence at READ COMMITTED look anew when they go on, but for EXECUTE, CREATE
-- TABLE AS EXECUTE and COPY (SELECT ...), which look before they wait.
-- Locks: nothing.
-- Twice: yes.
SELECT a.pid, a.usename::text AS role, a.application_name AS application, a.state,
       extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8 AS seconds
  FROM pg_catalog.pg_stat_activity a
 WHERE a.datname = pg_catalog.current_database() AND a.backend_type = 'client backend' AND a.backend_xmin IS NOT NULL
   AND a.pid <> pg_catalog.pg_backend_pid() AND NOT a.pid = ANY (%(ours)s)
   AND a.xact_start < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => %(older_ms)s / 1000.0)
   AND (a.query ~* '(^|;)(\s|--[^\n]*\n|/\*([^*]|\*+[^*/])*\*+/)*(execute|create|copy)\M'
        AND a.query_start < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => %(older_ms)s / 1000.0)
     OR NOT EXISTS (
         SELECT FROM pg_catalog.pg_locks l
          WHERE l.pid = a.pid AND NOT l.granted AND l.locktype = 'relation'
            AND l.relation IN (SELECT pg_catalog.to_regclass(t) FROM pg_catalog.unnest(%(tables)s::text[]) AS t)))
 ORDER BY seconds DESC;
