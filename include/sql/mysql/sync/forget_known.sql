-- Forget those that are known.
-- Locks: nothing of the user's.
-- Twice: yes.
DELETE f FROM {found} AS f JOIN {more} AS m ON {matching};
