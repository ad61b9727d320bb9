-- For a person: what has a name, or one that begins with it.
-- Locks: nothing.
-- Twice: yes.
SELECT oid, relnamespace::regnamespace, relname, relkind FROM pg_class WHERE starts_with(relname::text, {name});
