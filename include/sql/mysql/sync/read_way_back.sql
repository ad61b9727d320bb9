-- How far the way back has come.
-- Locks: nothing.
-- Twice: yes.
SELECT at, position, premises, attempt FROM {way_back} WHERE one = 1;
