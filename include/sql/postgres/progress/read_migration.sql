-- Where a migration stands, and the target's clock.
-- Locks: nothing that keeps a writer out.
-- Twice: yes.
SELECT stage, dag_id, run_id, in_place, started_at, stage_at, clock_timestamp() AS now
FROM airlift.migrations
WHERE migration = %(migration)s;
