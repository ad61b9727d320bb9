-- Keys that cascades may have changed without a word: those of the change log (level 0), and those that were found to hang on them.
-- Locks: nothing of the user's.
-- Twice: no; gone with the transaction.
CREATE TEMPORARY TABLE {more} ON COMMIT DROP AS SELECT {key}, 0 AS "airlift level" FROM ONLY {table} WITH NO DATA;
