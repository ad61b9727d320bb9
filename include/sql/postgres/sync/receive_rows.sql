-- Take rows into a temporary table.
-- Locks: nothing of the user's.
-- Twice: no; gone with the transaction.
COPY {table} ({columns}) FROM STDIN (FORMAT {format});
