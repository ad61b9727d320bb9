-- Make an enum type that the new tables need.
-- Locks: nothing.
-- Twice: no; only where the name is free.
CREATE TYPE {type} AS ENUM ({labels});
