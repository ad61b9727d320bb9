-- Let one preflight at a time make the ledger and begin in it.
-- Locks: an advisory lock of ours, until the transaction ends.
-- Twice: yes.
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('airlift.ledger', 0));
