-- Whether another session has a transaction under way: what it was to decide is decided when that has ended. One whose state we
-- may not see counts as under way; ours does not, for a pooler may have given us the very session.
-- Locks: nothing.
-- Twice: yes.
SELECT EXISTS (
         SELECT FROM pg_catalog.pg_stat_activity
          WHERE pid = %(pid)s AND pid <> pg_catalog.pg_backend_pid() AND state IS DISTINCT FROM 'idle');
