-- How long each task has worked and rested, and why.
-- Locks: nothing that keeps a writer out.
-- Twice: yes.
SELECT task, stream, seconds, lost, now, log_bytes, log_room, at
FROM airlift.rests
WHERE migration = %(migration)s
ORDER BY task, stream;
