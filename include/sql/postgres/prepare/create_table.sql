-- Make a new table.
-- Locks: nothing of the user's.
-- Twice: no; only where the name is free.
CREATE TABLE {table} ({columns});
