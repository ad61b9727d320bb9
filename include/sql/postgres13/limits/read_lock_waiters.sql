-- The sessions of this database that have waited for a lock for longer than `seconds`, the longest first. Ours are left out, and
-- advisory locks: services queue behind those on purpose. Any role may see who waits, though not for what statement.
-- Before version 14 it is not said since when somebody waits, but since when his statement runs.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT l.pid
  FROM pg_catalog.pg_locks AS l
  JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
 WHERE NOT l.granted AND l.locktype <> 'advisory' AND a.datname = pg_catalog.current_database()
   AND coalesce(a.application_name, '') NOT LIKE 'airlift %%'
   AND a.query_start < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => %(seconds)s)
 GROUP BY l.pid
 ORDER BY min(a.query_start);
