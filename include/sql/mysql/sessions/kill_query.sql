-- End what another session runs.
-- Locks: nothing.
-- Twice: yes.
KILL QUERY %(pid)s;
