-- Send the rows of a range of blocks in the new table's shape.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
COPY (SELECT {expressions} FROM ONLY {table} WHERE ctid >= %(first)s::pg_catalog.tid AND ctid < %(end)s::pg_catalog.tid)
  TO STDOUT (FORMAT {format});
