-- Settings of the session.
-- Locks: nothing.
-- Twice: yes.
SET {variables};
