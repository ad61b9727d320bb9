-- What a session was told for itself: settings, advisory locks, temporary tables. Ours leave none, but the user's own triggers may.
-- Locks: nothing.
-- Twice: yes; not in a transaction.
DISCARD ALL;
