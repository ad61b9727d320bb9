-- Find the rows that reference the rows whose keys are of a level, by other columns than those of the key.
-- Locks: nothing that a writer waits for.
-- Twice: no; the table is emptied afterwards.
INSERT INTO {found}
SELECT {child_key}
  FROM {more} AS m JOIN {parent} ON {matching} JOIN {child} ON {referencing}
 WHERE m."airlift level" = %(level)s;
