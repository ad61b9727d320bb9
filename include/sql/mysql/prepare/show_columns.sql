-- The columns of a table in their order, temporary tables' too.
-- Locks: the table's definition, for a moment.
-- Twice: yes, it only reads.
SHOW FULL COLUMNS FROM {table};
