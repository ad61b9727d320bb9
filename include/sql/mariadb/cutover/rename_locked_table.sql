-- Give a table that this very session has locked another name, and let everybody look for it who waits. RENAME TABLE is refused under
-- LOCK TABLES here, and one in another session would wait for the first of its tables only: writers would come between at the others.
-- Locks: the table is locked.
-- Twice: no, it has the other name then.
ALTER TABLE {table} RENAME TO {name};
