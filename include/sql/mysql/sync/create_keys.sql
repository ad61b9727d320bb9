-- A window's keys on the target, each once as the target tells keys apart.
-- Locks: nothing of the user's.
-- Twice: no; it is dropped before.
CREATE TEMPORARY TABLE {keys} (PRIMARY KEY ({key})) ENGINE = InnoDB AS SELECT {key}, 0 AS `airlift check only` FROM {target} LIMIT 0;
