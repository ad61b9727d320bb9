-- Send the keys that were found to hang on others.
-- Locks: nothing.
-- Twice: yes.
SELECT CONCAT({line}, x'0A'), 1 FROM {more} AS {alias} WHERE `airlift level` > 0;
