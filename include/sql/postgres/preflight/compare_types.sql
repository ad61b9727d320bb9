-- Whether values of two types can be compared, as a foreign key does.
-- Locks: nothing.
-- Twice: yes.
SELECT NULL::{left} = NULL::{right};
