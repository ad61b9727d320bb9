-- Count the rows that a foreign key does not hold for: no server looks at rows that were there before it.
-- Locks: nothing that stops a writer.
-- Twice: yes, it only reads.
SELECT COUNT(*) FROM {child} AS c LEFT JOIN {parent} AS p ON {matching} WHERE {is_set} AND p.{first} IS NULL;
