-- The function that writes through a compatibility view. It runs with the rights of whoever writes, and looks names up where the
-- spec's expressions were tried.
-- Locks: nothing of the user's.
-- Twice: yes.
CREATE OR REPLACE FUNCTION {function}() RETURNS pg_catalog.trigger LANGUAGE plpgsql SECURITY INVOKER SET search_path FROM CURRENT AS %(body)s;
