-- Where the source's checksums of a range arrive on the target.
-- Locks: nothing of the user's.
-- Twice: no; gone with the transaction.
CREATE TEMPORARY TABLE {theirs} ON COMMIT DROP AS SELECT {key}, 0::pg_catalog.int8 AS "airlift checksum" FROM ONLY {target} WITH NO DATA;
