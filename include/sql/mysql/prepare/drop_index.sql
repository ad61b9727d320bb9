-- Drop an index.
-- Locks: the table, exclusively, for a moment.
-- Twice: no, it is gone.
ALTER TABLE {table} DROP KEY {index};
