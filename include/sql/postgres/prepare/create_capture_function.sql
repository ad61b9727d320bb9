-- A trigger function of ours. Security definer, so that whoever writes the table needs no right on our log.
-- Locks: nothing of the user's.
-- Twice: yes.
CREATE OR REPLACE FUNCTION {function}() RETURNS pg_catalog.trigger LANGUAGE plpgsql SECURITY DEFINER AS %(body)s;
