-- Have the server tend a loaded table by itself again.
-- Locks: the table, against its like only.
-- Twice: yes.
ALTER TABLE {table} RESET (autovacuum_enabled);
