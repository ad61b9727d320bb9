-- The given tables that vacuum works on although nobody may send it away: they are older than the server allows.
-- Locks: nothing.
-- Twice: yes.
SELECT c.oid::bigint AS oid, pg_catalog.min(l.pid)::int AS pid
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_locks l ON l.locktype = 'relation' AND l.relation = c.oid AND l.granted AND l.mode = 'ShareUpdateExclusiveLock'
   AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
 WHERE c.oid = ANY (%(oids)s::oid[])
   AND pg_catalog.age(c.relfrozenxid) > least(pg_catalog.current_setting('autovacuum_freeze_max_age')::bigint, (
         SELECT o.option_value::bigint FROM pg_catalog.pg_options_to_table(c.reloptions) AS o
          WHERE o.option_name = 'autovacuum_freeze_max_age'))
 GROUP BY c.oid
 ORDER BY 1;
