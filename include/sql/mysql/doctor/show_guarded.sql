-- For a person: the tables that a migration may shut, and which are.
-- Locks: nothing.
-- Twice: yes.
SELECT * FROM {guards};
