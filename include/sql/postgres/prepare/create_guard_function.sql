-- The guard's function.
-- Locks: nothing.
-- Twice: yes.
CREATE OR REPLACE FUNCTION {function}() RETURNS pg_catalog.trigger LANGUAGE plpgsql AS %(body)s;
