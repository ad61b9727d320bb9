-- How far the change logs were pruned. Nothing is noted before the first time.
-- Locks: nothing that keeps a writer out.
-- Twice: yes.
SELECT pruned_to FROM {heartbeat} WHERE one = 1;
