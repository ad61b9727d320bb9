-- A value as a literal of the server's own making.
-- Locks: nothing.
-- Twice: yes.
SELECT pg_catalog.quote_literal(%(value)s);
