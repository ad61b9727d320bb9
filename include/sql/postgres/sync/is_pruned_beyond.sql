-- Whether something that a position has not seen was already pruned away, as the transaction sees it that reads the log.
-- Locks: nothing.
-- Twice: yes.
SELECT coalesce(pg_catalog.pg_snapshot_xmax((pruned_to::pg_catalog.json ->> 'snapshot')::pg_catalog.pg_snapshot)
                > pg_catalog.pg_snapshot_xmax(%(position)s::pg_catalog.pg_snapshot), false)
  FROM {heartbeat} WHERE one = 1;
