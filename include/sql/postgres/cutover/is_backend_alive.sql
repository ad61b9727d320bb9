-- Whether a session is still there: its transaction is decided when it is gone.
-- Locks: nothing.
-- Twice: yes.
SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = %(pid)s);
