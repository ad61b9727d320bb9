-- Which of the given databases there are.
-- Locks: nothing.
-- Twice: yes.
SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN %(names)s;
