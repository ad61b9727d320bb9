-- The source's row of one key, as text.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
SELECT ARRAY[{texts}] AS texts
  FROM ONLY {table}, (SELECT %(key)s::pg_catalog.text[] AS "airlift key") AS "airlift bounds"
 WHERE ({key}) = ({wanted});
