-- Take them in.
-- Locks: nothing of the user's.
-- Twice: no; gone with the transaction.
COPY {trial} ({columns}) FROM STDIN (FORMAT {format});
