-- Hold the gate.
-- Locks: a table of ours.
-- Twice: yes.
LOCK TABLES {gate} WRITE;
