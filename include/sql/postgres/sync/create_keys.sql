-- Where a window's keys arrive on the target.
-- Locks: nothing of the user's.
-- Twice: no; gone with the transaction.
CREATE TEMPORARY TABLE {keys} ON COMMIT DROP AS SELECT {key}, false AS "airlift check only" FROM ONLY {target} WITH NO DATA;
