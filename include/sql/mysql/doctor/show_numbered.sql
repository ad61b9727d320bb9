-- For a person: the tables that have these numbers in the catalog.
-- Locks: nothing.
-- Twice: yes.
SELECT TABLE_ID, NAME FROM information_schema.INNODB_TABLES WHERE TABLE_ID IN ({numbers});
