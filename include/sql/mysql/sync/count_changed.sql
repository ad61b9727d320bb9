-- How many rows of a range would be others than they are, had they been to the new table and back.
-- Locks: nothing that stops a writer.
-- Twice: yes.
SELECT COUNT(*) FROM {theirs} AS r JOIN {target} AS t ON {matching} WHERE r.`airlift checksum` <> {checksum};
