-- The schema of our own objects.
-- Locks: nothing of the user's.
-- Twice: yes.
CREATE SCHEMA IF NOT EXISTS airlift;
