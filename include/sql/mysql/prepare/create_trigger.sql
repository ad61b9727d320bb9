-- Note the keys of rows that are written, with our rights: the writer needs none on what is ours.
-- Locks: the table, exclusively, for an instant; never waited for.
-- Twice: no; whoever was first has made it.
CREATE DEFINER = CURRENT_USER TRIGGER {trigger} AFTER {event} ON {table} FOR EACH ROW
{body};
