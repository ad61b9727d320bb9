-- One setting, for this transaction only. Takes no snapshot.
-- Locks: nothing.
-- Twice: yes.
SET LOCAL {setting} = %(value)s;
