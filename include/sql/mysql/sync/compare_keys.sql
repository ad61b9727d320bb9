-- Compare the rows of a window's keys, byte by byte, with what the source had when they were read; those that differ are noted.
-- Locks: nothing.
-- Twice: no; the ledger's position moves with it.
INSERT INTO {unverified} ({key}, `airlift differs`)
SELECT {own_keys}, 1
  FROM {keys} AS k
  LEFT JOIN {rows} AS r ON {matching_rows}
  LEFT JOIN {target} AS t ON {matching_target}
 WHERE NOT (r.`airlift checksum` <=> CASE WHEN {first_key} IS NULL THEN NULL ELSE {checksum} END);
