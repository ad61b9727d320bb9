-- A table like the old one, without its indexes, to hear which rows it would take back.
-- Locks: the table, ACCESS SHARE.
-- Twice: no; gone with the transaction.
CREATE TEMPORARY TABLE {trial} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING IDENTITY) ON COMMIT DROP;
