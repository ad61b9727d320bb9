-- Keep everybody else from tables: ours are the first locks on them, or none is taken.
-- Locks: the tables, exclusively, until they are unlocked or the session ends.
-- Twice: yes, it lets go of what it held.
LOCK TABLES {tables};
