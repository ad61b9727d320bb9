-- The tasks that have a session in this database, by the name that each gives itself, which begins with `own`. But for one.
-- Locks: nothing.
-- Twice: yes.
SELECT DISTINCT pg_catalog.substr(application_name, pg_catalog.length(%(own)s) + 1) AS task
  FROM pg_catalog.pg_stat_activity
 WHERE datname = pg_catalog.current_database() AND pg_catalog.starts_with(application_name, %(own)s)
   AND pg_catalog.substr(application_name, pg_catalog.length(%(own)s) + 1) <> %(task)s
 ORDER BY task;
