-- How much WAL the server keeps between two checkpoints, in bytes: it may exceed that for a while.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT pg_catalog.pg_size_bytes(pg_catalog.current_setting('max_wal_size'));
