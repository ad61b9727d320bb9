-- Note the keys that only the target has in a range: they wait for a verdict at one position.
-- Locks: nothing of the user's.
-- Twice: yes.
INSERT INTO {unverified} ({key})
SELECT {key} FROM {target} WHERE {range} AND NOT EXISTS (SELECT 1 FROM {theirs} AS r WHERE {matching});
