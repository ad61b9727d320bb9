-- Whether something that a position has not seen was already pruned away.
-- Locks: nothing.
-- Twice: yes.
SELECT pg_catalog.pg_snapshot_xmax(%(pruned)s::pg_catalog.pg_snapshot) > pg_catalog.pg_snapshot_xmax(%(position)s::pg_catalog.pg_snapshot);
