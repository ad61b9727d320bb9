-- Note the keys of rows that are written, with our rights: the writer needs none on what is ours.
-- Locks: the table, exclusively, for an instant; never waited for.
-- Twice: yes, the one that is there stays.
CREATE DEFINER = CURRENT_USER TRIGGER IF NOT EXISTS {trigger} AFTER {event} ON {table} FOR EACH ROW
{body};
