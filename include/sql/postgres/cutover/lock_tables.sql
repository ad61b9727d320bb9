-- Take locks of the fence, one after the other. Takes no snapshot. The time that all may wait together was set before.
-- Locks: the tables, in the mode that is asked for.
-- Twice: yes.
LOCK TABLE {tables} IN {mode} MODE;
