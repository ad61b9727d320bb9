-- Whether a table's key lies not below another one, in the order in which its ranges are. No row: it has not that key.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
SELECT {above} FROM ONLY {table} WHERE {key};
