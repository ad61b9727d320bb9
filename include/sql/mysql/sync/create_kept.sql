-- Where the values stay that only the target has, of rows that are replaced.
-- Locks: nothing of the user's.
-- Twice: no; it is dropped before.
CREATE TEMPORARY TABLE {kept} (PRIMARY KEY ({key})) ENGINE = InnoDB AS SELECT {key}, {added} FROM {target} LIMIT 0;
