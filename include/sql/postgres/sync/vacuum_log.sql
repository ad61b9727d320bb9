-- Make the pruned log's space usable again. Not in a transaction.
-- Locks: nothing that stops a writer.
-- Twice: yes.
VACUUM {log};
