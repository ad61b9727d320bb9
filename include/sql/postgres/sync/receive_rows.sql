-- Take in a window's rows.
-- Locks: nothing of the user's.
-- Twice: no; gone with the transaction.
COPY {rows} FROM STDIN (FORMAT {format});
