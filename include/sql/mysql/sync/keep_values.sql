-- Keep the values that only the target has, of rows that are about to be replaced.
-- Locks: nothing.
-- Twice: no.
INSERT INTO {kept} SELECT {own_key}, {own_added} FROM {keys} AS k STRAIGHT_JOIN {target} AS t ON {matching} WHERE NOT k.`airlift check only`;
