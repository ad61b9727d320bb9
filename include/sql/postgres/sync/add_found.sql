-- Add the keys that were found, each once, as those of a level.
-- Locks: nothing of the user's.
-- Twice: no.
INSERT INTO {more} SELECT {key}, %(level)s FROM {found} GROUP BY {key};
