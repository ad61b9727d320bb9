-- Find the rows that reference keys of a level.
-- Locks: nothing that a writer waits for.
-- Twice: no; the table is emptied afterwards.
INSERT INTO {found} SELECT {child_key} FROM {more} AS m JOIN {child} ON {referencing} WHERE m."airlift level" = %(level)s;
