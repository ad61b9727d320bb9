-- Remove the rows of a window's keys and keep the values that only the target has.
-- Locks: the target table, ROW EXCLUSIVE.
-- Twice: no; the ledger's position moves with it.
WITH gone AS (
  DELETE FROM ONLY {target} AS t USING {keys} AS k WHERE {matching} AND NOT k."airlift check only" RETURNING {own_key}, {own_added})
INSERT INTO {kept} SELECT * FROM gone;
