-- Let a column own a sequence, so that the two go together.
-- Locks: the sequence, and the table SHARE UPDATE EXCLUSIVE.
-- Twice: yes.
ALTER SEQUENCE {sequence} OWNED BY {table}.{column};
