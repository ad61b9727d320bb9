-- Give a table or a view another name.
-- Locks: the table, ACCESS EXCLUSIVE. Under the fence it is held already.
-- Twice: no; one transaction with the decision.
ALTER TABLE {table} RENAME TO {name};
