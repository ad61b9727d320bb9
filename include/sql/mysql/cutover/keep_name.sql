-- Wait for a name, and have it then until the statement is ended: it asks for the gate next, which is never free, and is taken.
-- Locks: the name, exclusively.
-- Twice: yes, it changes nothing.
RENAME TABLE {table} TO {gate} /* {word} */;
