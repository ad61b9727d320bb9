-- Whether a table has any row.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
SELECT EXISTS (SELECT FROM {table});
