-- Forget those that are known.
-- Locks: nothing of the user's.
-- Twice: yes.
DELETE FROM {found} AS f USING {more} AS m WHERE {matching};
