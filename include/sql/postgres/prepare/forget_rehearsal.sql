-- Take out of the log what this transaction has noted itself.
-- Locks: nothing of the user's.
-- Twice: yes.
DELETE FROM {log} WHERE xid = pg_catalog.pg_current_xact_id();
