-- The source's row of one key, as text.
-- Locks: nothing.
-- Twice: yes.
SELECT {texts} FROM {table} WHERE {wanted};
