-- For a person: end a session.
-- Locks: nothing.
-- Twice: yes.
KILL <its number>;
