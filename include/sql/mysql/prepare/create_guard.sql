-- Have writers of a table look whether it is shut.
-- Locks: the table, exclusively, for a moment.
-- Twice: no, the trigger is there.
CREATE TRIGGER {trigger} BEFORE {event} ON {table} FOR EACH ROW {body};
