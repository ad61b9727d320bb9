-- A table with the columns of the old one, where no temporary table can have all that it has.
-- Locks: nothing that stops a writer.
-- Twice: no; it is dropped before.
CREATE TEMPORARY TABLE {trial} ENGINE = InnoDB AS SELECT * FROM {table} LIMIT 0;
