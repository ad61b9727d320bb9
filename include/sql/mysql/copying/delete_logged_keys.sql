-- Take the keys that are in the change log out of the loaded table: their rows may have been read twice, half or not at all, and
-- the first window brings them back.
-- Locks: those rows of the target table.
-- Twice: yes.
DELETE t FROM {keys} AS k STRAIGHT_JOIN {target} AS t ON {matching};
