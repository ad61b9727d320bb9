-- How far each physical standby is behind, in seconds and in bytes of WAL. Without the right to see it there is a row with nothing in it.
-- Logical subscribers and base backups are left out: no reader of rows waits for them.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT coalesce(r.application_name, '') AS name, r.state IS NULL AS is_hidden,
       extract(epoch FROM r.replay_lag)::float8 AS seconds,
       pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), coalesce(r.replay_lsn, r.flush_lsn, r.sent_lsn))::bigint AS bytes
  FROM pg_catalog.pg_stat_replication AS r
 WHERE r.state IS DISTINCT FROM 'backup' AND r.state IS DISTINCT FROM 'startup'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots AS s WHERE s.active_pid = r.pid AND s.slot_type = 'logical');
