-- Send some rows of a new table as the old one would get them back.
-- Locks: nothing that stops a writer.
-- Twice: yes.
SELECT {pieces}, 1 FROM {table} LIMIT %(most)s;
