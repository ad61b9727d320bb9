-- For a person: the tables that a migration has shut.
-- Locks: nothing.
-- Twice: yes.
SELECT tgrelid::regclass FROM pg_trigger WHERE tgname = {trigger};
