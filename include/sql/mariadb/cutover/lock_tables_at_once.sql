-- Keep everybody else from tables: at once, or not at all. Nobody ever queues behind it, and it is no part of anybody's deadlock.
-- Locks: the tables, exclusively, until they are unlocked or the session ends.
-- Twice: yes, it lets go of what it held.
LOCK TABLES {tables} NOWAIT;
