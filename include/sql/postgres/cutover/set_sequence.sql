-- Move a sequence on. Never back: the caller has compared.
-- Locks: nothing.
-- Twice: yes.
SELECT pg_catalog.setval(%(sequence)s::pg_catalog.regclass, %(value)s, true);
