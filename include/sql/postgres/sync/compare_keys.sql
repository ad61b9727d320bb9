-- Compare the rows of a window's keys, byte by byte, with what the source had when they were read; those that differ are noted. Keys
-- and checksums come together first: OFFSET 0 keeps the server from joining the whole table in between.
-- Locks: nothing.
-- Twice: no; the ledger's position moves with it.
INSERT INTO {unverified} ({key}, "airlift differs")
SELECT {own_keys}, true
  FROM (SELECT {own_keys}, r."airlift checksum" FROM {keys} AS k LEFT JOIN {rows} AS r ON {matching_rows} OFFSET 0) AS k
  LEFT JOIN ONLY {target} AS t ON {matching_target}
 WHERE k."airlift checksum" IS DISTINCT FROM
       CASE WHEN {first_key} IS NULL THEN NULL ELSE {checksum} END;
