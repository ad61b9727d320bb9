-- All keys that the change log has and that somebody changed, as those of the first level.
-- Locks: nothing of the user's.
-- Twice: no.
INSERT INTO {more} SELECT {log_columns}, 0 FROM {log} WHERE op NOT IN ('T', 'V') GROUP BY {log_columns};
