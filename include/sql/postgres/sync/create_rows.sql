-- Where a window's rows arrive on the target, each with its checksum at the source.
-- Locks: nothing of the user's.
-- Twice: no; gone with the transaction.
CREATE TEMPORARY TABLE {rows} ON COMMIT DROP AS SELECT {columns}, 0::pg_catalog.int8 AS "airlift checksum" FROM ONLY {target} WITH NO DATA;
