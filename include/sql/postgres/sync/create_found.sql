-- Where keys arrive that may be among those already.
-- Locks: nothing of the user's.
-- Twice: no; gone with the transaction.
CREATE TEMPORARY TABLE {found} ON COMMIT DROP AS SELECT {key} FROM ONLY {table} WITH NO DATA;
