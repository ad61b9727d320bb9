-- Give back the advisory locks that a user's trigger may have taken for a whole session: ours never do.
-- Locks: nothing.
-- Twice: yes.
SELECT pg_catalog.pg_advisory_unlock_all();
