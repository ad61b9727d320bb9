-- Let everybody go on.
-- Locks: nothing.
-- Twice: yes.
UNLOCK TABLES;
