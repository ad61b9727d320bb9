-- Check the rows that were there before a foreign key was added.
-- Locks: the child, SHARE UPDATE EXCLUSIVE, and the parent, ROW SHARE: no writer waits.
-- Twice: yes.
ALTER TABLE {child} VALIDATE CONSTRAINT {name};
