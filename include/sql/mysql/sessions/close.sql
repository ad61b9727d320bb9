-- Nothing of a transaction's settings is to stay: a pooler may hand the session on, and we may rest for long.
-- Locks: nothing.
-- Twice: yes.
SET @airlift_applying = NULL, foreign_key_checks = 1, wait_timeout = %(for_ever)s;
