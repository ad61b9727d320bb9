-- Run a statement with settings of its own: they are gone when it ends, however it does.
-- Locks: what the statement locks.
-- Twice: as the statement.
SET STATEMENT {variables} FOR {statement};
