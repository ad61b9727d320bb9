-- Take in a window's keys.
-- Locks: nothing of the user's.
-- Twice: no; gone with the transaction.
COPY {keys} FROM STDIN (FORMAT {format});
