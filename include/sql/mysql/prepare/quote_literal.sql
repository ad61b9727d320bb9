-- A text as SQL writes it.
-- Locks: nothing.
-- Twice: yes.
SELECT QUOTE(%(value)s);
