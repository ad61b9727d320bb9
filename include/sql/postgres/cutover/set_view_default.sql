-- What a column gets that an INSERT into the view leaves out, or that is SET to DEFAULT.
-- Locks: the view, that nobody uses yet.
-- Twice: yes.
ALTER VIEW {view} ALTER COLUMN {column} SET DEFAULT {expression};
