-- For a person: the tables that have these numbers in the catalog.
-- Locks: nothing.
-- Twice: yes.
SELECT oid::regclass, relkind FROM pg_class WHERE oid IN ({numbers});
