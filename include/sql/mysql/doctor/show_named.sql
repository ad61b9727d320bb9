-- For a person: what has a name.
-- Locks: nothing.
-- Twice: yes.
SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_NAME = {name};
