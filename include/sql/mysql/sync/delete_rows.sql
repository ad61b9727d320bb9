-- Remove the rows of a window's keys.
-- Locks: those rows of the target table.
-- Twice: no; the ledger's position moves with it.
DELETE t FROM {keys} AS k STRAIGHT_JOIN {target} AS t ON {matching} WHERE NOT k.`airlift check only`;
