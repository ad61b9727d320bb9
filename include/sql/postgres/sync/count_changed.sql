-- How many rows of a range would be others than they are, had they been to the new table and back.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
SELECT count(*)
  FROM {theirs} AS r
  JOIN (
    SELECT {target_key}, {checksum} AS "airlift checksum"
      FROM ONLY {target}
     WHERE {range}) AS t
    ON {matching}
 WHERE r."airlift checksum" IS DISTINCT FROM t."airlift checksum";
