-- Keep the table's heap as it is while a range is read. Takes no snapshot.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
LOCK TABLE ONLY {table} IN ACCESS SHARE MODE;
