-- What there is in our own database.
-- Locks: nothing.
-- Twice: yes.
SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'airlift' ORDER BY TABLE_NAME;
