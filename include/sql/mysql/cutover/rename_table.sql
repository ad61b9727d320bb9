-- Give a table or a view another name.
-- Locks: the table, exclusively, for a moment.
-- Twice: no, it has the other name then.
RENAME TABLE {table} TO {name};
