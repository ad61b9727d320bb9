-- Each key that arrived, once; one is only compared where nobody changed it under any of its spellings.
-- Locks: nothing of the user's.
-- Twice: no.
INSERT INTO {keys} SELECT {key}, MIN(`airlift check only`) FROM {arrived} GROUP BY {key};
