-- Hand a name from the table or view that has it to another one.
-- Locks: both, exclusively, for a moment.
-- Twice: no, the name is the other one's then.
RENAME TABLE {table} TO {becomes}, {follows} TO {table};
