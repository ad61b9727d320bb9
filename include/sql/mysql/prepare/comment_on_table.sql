-- Give a table its comment.
-- Locks: the table, exclusively, for a moment.
-- Twice: yes.
ALTER TABLE {table} COMMENT = %(comment)s;
