-- Keep of a change log one row for each key, as of now: a later window carries and compares a key once, however often it changed. Of a key
-- that is to be carried the row stays that says so, and not one that has it compared only. Just rows that are seen here go, and each has
-- another one beside it.
-- Locks: nothing of the user's.
-- Twice: yes.
DELETE l FROM {log} AS l
  JOIN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY {key_bytes} ORDER BY op = 'V', id DESC) AS place FROM {log}) AS placed
         WHERE place > 1) AS gone ON gone.id = l.id;
