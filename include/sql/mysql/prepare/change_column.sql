-- Define a column anew.
-- Locks: the table, exclusively.
-- Twice: yes.
ALTER TABLE {table} MODIFY COLUMN {column} {definition};
