-- Prepared transactions of this database, with the oldest one's name.
-- Locks: nothing.
-- Twice: yes.
SELECT count(*)::int AS prepared, min(gid) AS gid FROM pg_catalog.pg_prepared_xacts WHERE database = pg_catalog.current_database();
