-- Where the source's checksums of a range arrive on the target.
-- Locks: nothing of the user's.
-- Twice: no; it is dropped before.
CREATE TEMPORARY TABLE {theirs} (PRIMARY KEY ({key})) ENGINE = InnoDB
AS SELECT {key}, CAST(0 AS SIGNED) AS `airlift checksum` FROM {target} LIMIT 0;
