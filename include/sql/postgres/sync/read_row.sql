-- The source's row of one key, as text.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
SELECT ARRAY[{texts}] AS texts
  FROM ONLY {table}
 WHERE {wanted};
