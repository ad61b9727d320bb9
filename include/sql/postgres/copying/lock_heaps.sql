-- Keep tables' heaps as they are while ranges of them are read. Takes no snapshot.
-- Locks: the tables, ACCESS SHARE.
-- Twice: yes.
LOCK TABLE {tables} IN ACCESS SHARE MODE;
