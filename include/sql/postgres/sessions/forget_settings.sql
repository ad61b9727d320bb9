-- What a user's trigger may have set for a whole session: ours never do.
-- Locks: nothing.
-- Twice: yes.
RESET ALL;
