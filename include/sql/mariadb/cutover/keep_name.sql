-- Wait for a table, and let nobody write or read it from then on, but who only looks what it is, until the statement is ended: it asks
-- for the gate next, which is never free. What renames another table looks at those that reference it.
-- Locks: the table, against all who use it.
-- Twice: yes, it changes nothing.
LOCK TABLES {table} WRITE, {gate} WRITE /* {word} */;
