-- Remove our schema. Refused by the server while anything is left in it.
-- Locks: nothing of the user's.
-- Twice: yes.
DROP SCHEMA IF EXISTS airlift RESTRICT;
