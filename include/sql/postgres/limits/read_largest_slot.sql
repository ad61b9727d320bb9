-- The replication slot that keeps most WAL on the server's disk; no row where there is none. Any role may see it.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT slot_name::text AS name, wal_status = 'unreserved' AS is_at_risk,
       pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn)::bigint AS bytes
  FROM pg_catalog.pg_replication_slots
 WHERE restart_lsn IS NOT NULL AND wal_status IS DISTINCT FROM 'lost'
 ORDER BY is_at_risk DESC, bytes DESC
 LIMIT 1;
