-- Make a table, or one of this session's own, as the server has described another one.
-- Locks: the new table.
-- Twice: no, it refuses a name that is taken.
CREATE {temporary} TABLE {table} ({parts}) {options} COMMENT = %(comment)s {partitions};
