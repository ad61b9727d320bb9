-- Send the rows of a range of keys as one block of lines, in the new table's shape, and say how many there are and how many backslashes are
-- put into them.
-- Locks: nothing that stops a writer.
-- Twice: yes.
SELECT GROUP_CONCAT({line} SEPARATOR ''), COUNT(*), COALESCE(SUM({backslashes}), 0) FROM {table} WHERE {range};
