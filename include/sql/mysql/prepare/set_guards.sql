-- Shut tables, or open them.
-- Locks: their rows, which writers look at.
-- Twice: yes.
UPDATE {guards} SET shut = %(shut)s WHERE no IN %(numbers)s;
