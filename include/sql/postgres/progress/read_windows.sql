-- The newest windows, the oldest of them first.
-- Locks: nothing that keeps a writer out.
-- Twice: yes.
SELECT no, committed_at, changes, seconds, lag_seconds, is_back
FROM (
    SELECT no, committed_at, changes, seconds, lag_seconds, is_back
    FROM airlift.windows
    WHERE migration = %(migration)s
    ORDER BY no DESC
    LIMIT %(newest)s
) AS newest
ORDER BY no;
