-- How long a statement may take in this transaction. Takes no snapshot.
-- Locks: nothing.
-- Twice: yes.
SHOW statement_timeout;
