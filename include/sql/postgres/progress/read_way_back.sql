-- What was carried back, and whether the way back stands still.
-- Locks: nothing that keeps a writer out.
-- Twice: yes.
SELECT count(*)::int8 AS windows,
       coalesce(sum(changes), 0)::int8 AS changes,
       max(committed_at) AS carried_at,
       (SELECT content ->> 'stands_still' FROM airlift.reports WHERE migration = %(migration)s AND task = 'contract.sync_back') AS stands_still
FROM airlift.windows
WHERE migration = %(migration)s AND is_back;
