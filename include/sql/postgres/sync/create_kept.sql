-- Where the values stay that only the target has, of rows that are replaced.
-- Locks: nothing of the user's.
-- Twice: no; gone with the transaction.
CREATE TEMPORARY TABLE {kept} ON COMMIT DROP AS SELECT {key}, {added} FROM ONLY {target} WITH NO DATA;
