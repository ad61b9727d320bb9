-- A number of the ledger's and the words for it, as a row of the status view.
-- Locks: nothing.
-- Twice: yes.
SELECT %(number)s AS number, %(words)s AS words;
