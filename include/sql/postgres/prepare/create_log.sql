-- The change log of one table: which keys changed, in which transaction. No index and no sequence: writers pay for both, and a
-- sequence would change what lastval() tells the user. Never truncated by vacuum, which would take a lock that stops writers.
-- Locks: nothing of the user's.
-- Twice: yes.
CREATE TABLE IF NOT EXISTS {log} (
    xid pg_catalog.xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    op pg_catalog."char" NOT NULL,
    {columns}
) WITH (vacuum_truncate = off, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, toast.vacuum_truncate = off);
