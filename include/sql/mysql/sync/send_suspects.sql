-- Send the keys that wait for a verdict to the source's change log, so that the next window compares them ('V') or carries them too ('U').
-- Locks: nothing.
-- Twice: yes.
SELECT DISTINCT CONCAT({line}, x'0A'), 1 FROM {unverified} WHERE `airlift differs` IS NULL;
