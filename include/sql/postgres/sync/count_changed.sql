-- How many rows of a range would be others than they are, had they been to the new table and back.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
SELECT count(*)
  FROM {theirs} AS r
  JOIN (
    SELECT {target_key}, pg_catalog.hash_record_extended(ROW({hashed}), 0) AS "airlift checksum"
      FROM ONLY {target},
           (SELECT %(lower)s::pg_catalog.text[] AS "airlift lower", %(upper)s::pg_catalog.text[] AS "airlift upper") AS "airlift bounds"
     WHERE (NOT %(has_lower)s OR ({target_key}) >= ({lower})) AND (NOT %(has_upper)s OR ({target_key}) < ({upper}))) AS t
    ON {matching}
 WHERE r."airlift checksum" IS DISTINCT FROM t."airlift checksum";
