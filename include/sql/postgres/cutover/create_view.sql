-- The compatibility view: the old table's columns, names and types over the new table.
-- Locks: nothing of the user's.
-- Twice: no; only where the name is free.
CREATE VIEW {view} AS SELECT {columns} FROM {table};
