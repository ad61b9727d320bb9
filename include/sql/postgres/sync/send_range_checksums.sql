-- Send key and checksum of every row of a range.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
COPY (SELECT {key}, {checksum} FROM ONLY {table} WHERE {range}) TO STDOUT (FORMAT {format});
