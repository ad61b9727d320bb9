-- A value as the server reads it: part of a condition.
-- Locks: nothing.
-- Twice: yes.
%(value)s
