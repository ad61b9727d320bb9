-- What the last statement warned of.
-- Locks: nothing.
-- Twice: yes.
SHOW WARNINGS;
