-- Remove a trigger function of ours. Refused by the server while a trigger still calls it.
-- Locks: nothing of the user's.
-- Twice: yes.
DROP FUNCTION IF EXISTS {function}();
