-- Have writers of a table look whether it is shut.
-- Locks: the table, exclusively, for a moment.
-- Twice: yes.
CREATE TRIGGER IF NOT EXISTS {trigger} BEFORE {event} ON {table} FOR EACH ROW {body};
