-- Nothing of a transaction's settings is to stay: a pooler may hand the session on, and we may rest for long. What is asked between two
-- transactions is none of the next one: on MySQL even the catalog is read in a snapshot, which would be that one's, too.
-- Locks: nothing.
-- Twice: yes.
SET autocommit = 1, @airlift_applying = NULL, foreign_key_checks = 1, wait_timeout = %(for_ever)s;
