-- For a person: roll a prepared transaction back.
-- Locks: nothing.
-- Twice: yes.
XA ROLLBACK {name};
