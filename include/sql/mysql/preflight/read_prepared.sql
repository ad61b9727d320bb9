-- The prepared transactions of this server.
-- Locks: nothing.
-- Twice: yes.
XA RECOVER;
