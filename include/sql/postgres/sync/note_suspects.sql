-- Note the keys of a range whose rows are not the same on both sides: they wait for a verdict at one position.
-- Locks: nothing of the user's.
-- Twice: yes.
INSERT INTO {unverified} ({key})
SELECT {either_key}
  FROM {theirs} AS r
  FULL JOIN (
    SELECT {target_key}, pg_catalog.hash_record_extended(ROW({hashed}), 0) AS "airlift checksum"
      FROM ONLY {target},
           (SELECT %(lower)s::pg_catalog.text[] AS "airlift lower", %(upper)s::pg_catalog.text[] AS "airlift upper") AS "airlift bounds"
     WHERE (NOT %(has_lower)s OR ({target_key}) >= ({lower})) AND (NOT %(has_upper)s OR ({target_key}) < ({upper}))) AS t
    ON {matching}
 WHERE r."airlift checksum" IS DISTINCT FROM t."airlift checksum";
