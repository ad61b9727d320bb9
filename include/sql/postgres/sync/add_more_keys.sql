-- Add the keys that cascades have changed without a word to those that arrived.
-- Locks: nothing of the user's.
-- Twice: yes.
INSERT INTO {keys} SELECT {key}, false FROM {more} WHERE "airlift level" > 0;
