-- The key that lies `rows` rows above the beginning of a range, in the key's order. No row: the range ends before.
-- Locks: nothing that stops a writer.
-- Twice: yes.
SELECT {key_text} FROM {table} WHERE {range} ORDER BY {key} LIMIT 1 OFFSET %(rows)s;
