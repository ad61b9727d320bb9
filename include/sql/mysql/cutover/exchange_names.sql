-- Hand names from the tables or views that have them to others, all or none.
-- Locks: all of them, exclusively, for a moment.
-- Twice: no, the names are the others' then.
RENAME TABLE {exchanges};
