-- Send some rows of a new table as the old one would get them back.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
COPY (SELECT {expressions} FROM ONLY {table} LIMIT %(most)s) TO STDOUT (FORMAT {format});
