-- How many rows of a range would be others than they are, had they been to the new table and back. Each is looked up by its key: this side
-- may sort keys otherwise.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
SELECT count(*)
  FROM {theirs} AS r
 CROSS JOIN LATERAL (SELECT {checksum} AS "airlift checksum" FROM ONLY {target} AS t WHERE {matching} OFFSET 0) AS t
 WHERE r."airlift checksum" IS DISTINCT FROM t."airlift checksum";
