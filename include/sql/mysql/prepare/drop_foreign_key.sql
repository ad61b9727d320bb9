-- Drop a foreign key.
-- Locks: both tables, exclusively, for a moment.
-- Twice: no, it is gone.
ALTER TABLE {table} DROP FOREIGN KEY {key};
