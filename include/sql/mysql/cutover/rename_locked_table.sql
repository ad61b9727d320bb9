-- Give a table that this very session has locked another name, and let everybody look for it who waits.
-- Locks: the table is locked.
-- Twice: no, it has the other name then.
RENAME TABLE {table} TO {name};
