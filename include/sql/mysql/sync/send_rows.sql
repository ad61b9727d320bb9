-- Send the rows of a window's keys as they are now, in the new table's shape, each with its checksum. Keys are looked up one by one.
-- Locks: nothing that stops a writer.
-- Twice: yes.
SELECT {pieces}, 1 FROM ({keys}) AS `airlift keys` STRAIGHT_JOIN {table} ON {matching};
