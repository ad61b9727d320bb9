-- Where a window's rows arrive on the target, each with its checksum at the source.
-- Locks: nothing of the user's.
-- Twice: no; it is dropped before.
CREATE TEMPORARY TABLE {rows} (PRIMARY KEY ({key})) ENGINE = InnoDB
AS SELECT {columns}, CAST(0 AS SIGNED) AS `airlift checksum` FROM {target} LIMIT 0;
