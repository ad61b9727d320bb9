-- Keys of rows that were found to reference others.
-- Locks: nothing of the user's.
-- Twice: no; it is dropped before.
CREATE TEMPORARY TABLE {found} (PRIMARY KEY ({key})) ENGINE = InnoDB AS SELECT {key} FROM {table} LIMIT 0;
