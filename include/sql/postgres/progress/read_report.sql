-- The newest report that a person can read.
-- Locks: nothing that keeps a writer out.
-- Twice: yes.
SELECT task, made_at, content ->> 'markdown' AS markdown
FROM airlift.reports
WHERE migration = %(migration)s AND content ->> 'markdown' IS NOT NULL
ORDER BY made_at DESC
LIMIT 1;
