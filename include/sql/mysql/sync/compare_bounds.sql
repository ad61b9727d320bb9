-- Whether a table's key lies not below another one, in the order in which its ranges are. No row: it has not that key.
-- Locks: nothing that stops a writer.
-- Twice: yes.
SELECT {above} FROM {table} WHERE {key};
