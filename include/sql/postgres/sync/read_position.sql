-- This transaction's instant: the source's clock for people, the snapshot for us.
-- Locks: nothing.
-- Twice: yes.
SELECT pg_catalog.to_char(pg_catalog.clock_timestamp(), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
       pg_catalog.pg_current_snapshot()::text AS snapshot,
       pg_catalog.pg_postmaster_start_time()::text AS started;
