-- The newest attempts at the cutover, the oldest of them first.
-- Locks: nothing that keeps a writer out.
-- Twice: yes.
SELECT no, started_at, state, detail, pause_ms, outage_ms, is_back
FROM (
    SELECT no, started_at, state, detail, pause_ms, outage_ms, is_back
    FROM airlift.attempts
    WHERE migration = %(migration)s
    ORDER BY no DESC
    LIMIT %(newest)s
) AS newest
ORDER BY no;
