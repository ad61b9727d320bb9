-- Begin to count the values of the next LOAD DATA that the server has to warn of.
-- Locks: nothing.
-- Twice: yes.
SET @airlift_nothings = 0;
