-- Where keys arrive that may be among those already, or one key in several spellings.
-- Locks: nothing of the user's.
-- Twice: no; it is dropped before.
CREATE TEMPORARY TABLE {found} ENGINE = InnoDB AS SELECT {key} FROM {table} LIMIT 0;
