-- Move the next number that a table gives out. The server moves it no further back than behind the highest that is there.
-- Locks: the table, exclusively, for a moment; nothing is copied.
-- Twice: yes.
ALTER TABLE {table} AUTO_INCREMENT = %(value)s, ALGORITHM = INPLACE;
