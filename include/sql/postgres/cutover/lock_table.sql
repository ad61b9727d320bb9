-- Take one of the fence's locks. Takes no snapshot. The time it may wait was set before.
-- Locks: the table, in the mode that is asked for.
-- Twice: yes.
LOCK TABLE ONLY {table} IN {mode} MODE;
