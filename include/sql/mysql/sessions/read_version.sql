-- The server's version: MariaDB's has its name in it.
-- Locks: nothing.
-- Twice: yes.
SELECT @@version;
