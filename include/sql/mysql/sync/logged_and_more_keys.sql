-- The keys that the change log has and those that cascades have changed without a word, each once: part of a statement.
-- Locks: nothing.
-- Twice: yes.
SELECT {logged} FROM {log} WHERE op <> 'T' UNION SELECT {key} FROM {more} WHERE `airlift level` > 0
