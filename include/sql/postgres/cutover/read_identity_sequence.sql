-- The sequence behind a column, quoted and qualified.
-- Locks: nothing.
-- Twice: yes.
SELECT pg_catalog.pg_get_serial_sequence(%(table)s, %(column)s);
