-- Remember how far the log was pruned: a ledger that lies before it must not be believed. Two who carry may come here in any order.
-- Locks: nothing of the user's.
-- Twice: yes.
UPDATE {pruned} SET pruned_to = %(pruned_to)s, number = %(number)s WHERE one = 1 AND number < %(number)s;
