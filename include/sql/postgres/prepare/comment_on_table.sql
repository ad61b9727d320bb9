-- Give the new table the old one's comment.
-- Locks: the new table, that nobody uses yet.
-- Twice: yes.
COMMENT ON TABLE {table} IS %(comment)s;
