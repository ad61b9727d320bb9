-- What the session's next transactions see, and whether they may write.
-- Locks: nothing.
-- Twice: yes.
SET SESSION TRANSACTION ISOLATION LEVEL {level}, {access};
