-- Note the keys of rows that are written, with our rights: the writer needs none on what is ours.
-- Locks: the table, exclusively, for an instant; never waited for.
-- Twice: no; it is looked first which are there.
CREATE DEFINER = CURRENT_USER TRIGGER {trigger} AFTER {event} ON {table} FOR EACH ROW
{body};
