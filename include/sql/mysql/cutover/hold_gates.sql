-- Hold the gates that nobody is to get through.
-- Locks: tables of ours.
-- Twice: yes.
LOCK TABLES {tables};
