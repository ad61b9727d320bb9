-- How many warnings the last statement gave but for those that it has counted itself.
-- Locks: nothing.
-- Twice: yes.
SELECT @@warning_count - {counted};
