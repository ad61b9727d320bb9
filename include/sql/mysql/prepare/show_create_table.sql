-- All of a table in the server's own words.
-- Locks: the table's definition, for a moment.
-- Twice: yes, it only reads.
SHOW CREATE TABLE {table};
