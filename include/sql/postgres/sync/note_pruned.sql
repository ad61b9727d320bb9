-- Remember how far the log was pruned: a ledger that lies before it must not be believed.
-- Locks: nothing of the user's.
-- Twice: yes.
UPDATE {heartbeat} SET pruned_to = %(position)s WHERE one = 1;
