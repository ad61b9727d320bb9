-- Note the keys that the source has in a range and whose rows are not the same here, or missing: they wait for a verdict at one position.
-- Locks: nothing of the user's.
-- Twice: yes.
INSERT INTO {unverified} ({key})
SELECT {own_key}
  FROM {theirs} AS r LEFT JOIN {target} AS t ON {matching}
 WHERE NOT (r.`airlift checksum` <=> CASE WHEN {first_key} IS NULL THEN NULL ELSE {checksum} END);
