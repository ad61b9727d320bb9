-- The keys that the change log has, each once as the source tells keys apart: part of a statement.
-- Locks: nothing.
-- Twice: yes.
SELECT {logged} FROM {log} WHERE op <> 'T' GROUP BY {log_columns}
