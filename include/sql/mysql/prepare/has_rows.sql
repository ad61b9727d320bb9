-- Whether a table has any row.
-- Locks: nothing.
-- Twice: yes.
SELECT EXISTS (SELECT 1 FROM {table} LIMIT 1);
