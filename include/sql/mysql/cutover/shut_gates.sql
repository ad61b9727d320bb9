-- Hold the gates.
-- Locks: tables of ours.
-- Twice: yes.
LOCK TABLES {gates};
