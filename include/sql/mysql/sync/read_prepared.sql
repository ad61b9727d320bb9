-- The XA transactions that are prepared, of any session or none.
-- Locks: nothing.
-- Twice: yes.
XA RECOVER;
