-- Remove the rows of a window's keys.
-- Locks: the target table, ROW EXCLUSIVE.
-- Twice: no; the ledger's position moves with it.
DELETE FROM ONLY {target} AS t USING {keys} AS k WHERE {matching} AND NOT k."airlift check only";
