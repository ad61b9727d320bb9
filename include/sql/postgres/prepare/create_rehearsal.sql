-- A table of our own with a captured table's key, to try the triggers on before a writer meets them.
-- Locks: nothing of the user's.
-- Twice: no; gone with the transaction.
CREATE TEMPORARY TABLE "airlift rehearsal" ({columns}) ON COMMIT DROP;
