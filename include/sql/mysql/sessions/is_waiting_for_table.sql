-- Whether a session waits for a table that others use.
-- Locks: nothing.
-- Twice: yes.
SELECT 1 FROM information_schema.processlist WHERE id = %(pid)s AND state = 'Waiting for table metadata lock';
