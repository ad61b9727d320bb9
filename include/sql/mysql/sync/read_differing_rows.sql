-- Some of the keys that differ, the first in their order, each with the target's row as text; null where it has none.
-- Locks: nothing.
-- Twice: yes.
SELECT {key_text}, {first_key} IS NOT NULL, {texts}
  FROM (SELECT DISTINCT {key} FROM {unverified} WHERE `airlift differs` ORDER BY {key} LIMIT %(most)s) AS u
  LEFT JOIN {target} AS t ON {matching}
 ORDER BY {own_key};
