-- Some of the keys that differ, the first in their order, each with the target's row as text; null where it has none.
-- Locks: the target table, ACCESS SHARE.
-- Twice: yes.
SELECT ARRAY[{key_text}] AS key, CASE WHEN {first_key} IS NOT NULL THEN ARRAY[{texts}] END AS texts
  FROM (SELECT DISTINCT {key} FROM {unverified} WHERE "airlift differs" ORDER BY {key} LIMIT %(most)s) AS u
  LEFT JOIN ONLY {target} AS t ON {matching}
 ORDER BY {own_key};
