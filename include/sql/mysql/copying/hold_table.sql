-- Keep a table's definition as it is until the transaction ends. Reads nothing. Joined with its likes by UNION ALL.
-- Locks: the table's metadata, as any SELECT does.
-- Twice: yes.
SELECT 1 FROM {table} WHERE FALSE
