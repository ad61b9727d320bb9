-- Those of some triggers' names that are taken in a database, on whatever table.
-- Locks: nothing.
-- Twice: yes.
SELECT TRIGGER_NAME AS name FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = %(schema)s AND TRIGGER_NAME IN %(names)s ORDER BY TRIGGER_NAME;
