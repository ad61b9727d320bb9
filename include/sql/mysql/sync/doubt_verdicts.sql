-- Let the keys that were found to differ wait for a new verdict: their rows may have been mended.
-- Locks: nothing of the user's.
-- Twice: yes.
UPDATE {unverified} SET `airlift differs` = NULL WHERE `airlift differs`;
