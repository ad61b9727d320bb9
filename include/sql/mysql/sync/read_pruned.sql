-- How far the change logs were pruned: the number of a position, 0 before the first time, and the position for people.
-- Locks: nothing that keeps a writer out.
-- Twice: yes.
SELECT number, pruned_to FROM {pruned} WHERE one = 1;
