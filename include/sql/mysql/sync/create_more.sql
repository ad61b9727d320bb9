-- Keys that cascades may have changed without a word: those of the change log (level 0), and those that were found to hang on them.
-- Locks: nothing of the user's.
-- Twice: no; it is dropped before.
CREATE TEMPORARY TABLE {more} (PRIMARY KEY ({key})) ENGINE = InnoDB AS SELECT {key}, 0 AS `airlift level` FROM {table} LIMIT 0;
