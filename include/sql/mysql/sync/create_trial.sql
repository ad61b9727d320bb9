-- A table like the old one, to hear which rows it would take back.
-- Locks: nothing that stops a writer.
-- Twice: no; it is dropped before.
CREATE TEMPORARY TABLE {trial} LIKE {table};
