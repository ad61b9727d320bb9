-- Take the keys that are in the change log out of the loaded table: their rows may have been read twice, half or not at all, and
-- the first window brings them back.
-- Locks: the target table, ROW EXCLUSIVE.
-- Twice: yes.
DELETE FROM ONLY {target} AS t USING {keys} AS k WHERE {matching};
