-- Whether a table or a view has a trigger of a name.
-- Locks: nothing.
-- Twice: yes.
SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_trigger WHERE tgrelid = pg_catalog.to_regclass(%(table)s) AND tgname = %(trigger)s);
