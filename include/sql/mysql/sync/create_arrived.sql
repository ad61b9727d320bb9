-- Where keys arrive as they are sent: two that are written differently may be one key here.
-- Locks: nothing of the user's.
-- Twice: no; it is dropped before.
CREATE TEMPORARY TABLE {arrived} ENGINE = InnoDB AS SELECT {key}, 0 AS `airlift check only` FROM {target} LIMIT 0;
