-- Send the keys that were found to hang on others.
-- Locks: nothing.
-- Twice: yes.
COPY (SELECT {key} FROM {more} WHERE "airlift level" > 0) TO STDOUT (FORMAT {format});
