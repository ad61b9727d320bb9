-- Send the keys that wait for a verdict to where they are noted in a change log, for the next window.
-- Locks: nothing.
-- Twice: yes.
COPY (SELECT {key} FROM {unverified} WHERE "airlift differs" IS NULL) TO STDOUT (FORMAT {format});
