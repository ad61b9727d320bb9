-- The newest full comparison.
-- Locks: nothing that keeps a writer out.
-- Twice: yes.
SELECT no, started_at, finished_at
FROM airlift.passes
WHERE migration = %(migration)s
ORDER BY no DESC
LIMIT 1;
