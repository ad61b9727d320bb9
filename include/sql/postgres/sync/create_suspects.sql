-- Where keys arrive that the next window is to compare or carry.
-- Locks: nothing of the user's.
-- Twice: no; gone with the transaction.
CREATE TEMPORARY TABLE {suspects} ON COMMIT DROP AS SELECT {log_columns} FROM {log} WITH NO DATA;
