-- Note the keys of a range whose rows are not the same on both sides: they wait for a verdict at one position.
-- Locks: nothing of the user's.
-- Twice: yes.
INSERT INTO {unverified} ({key})
SELECT {either_key}
  FROM {theirs} AS r
  FULL JOIN (
    SELECT {target_key}, {checksum} AS "airlift checksum"
      FROM ONLY {target}
     WHERE {range}) AS t
    ON {matching}
 WHERE r."airlift checksum" IS DISTINCT FROM t."airlift checksum";
