-- Take in rows that the other side sends.
-- Locks: the table, ROW EXCLUSIVE.
-- Twice: no; the range's ledger row commits with it.
COPY {table} ({columns}) FROM STDIN (FORMAT {format});
