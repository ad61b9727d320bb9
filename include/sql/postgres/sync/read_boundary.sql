-- The key that lies `rows` rows above a key, in the key's order: where the next range begins. No row: the table ends before.
-- What is made of a key is made of this one alone, and not of all that are skipped.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
SELECT ARRAY[{key_text}]
  FROM ONLY {table}
 WHERE ({key}) = (SELECT {key} FROM ONLY {table} WHERE {range} ORDER BY {key} OFFSET %(rows)s LIMIT 1);
