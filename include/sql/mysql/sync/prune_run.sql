-- Remove a run of ids from a change log: what is on the other side for good. None between them that belongs to no run.
-- Locks: nothing of the user's.
-- Twice: yes.
DELETE FROM {log} WHERE id BETWEEN %(first)s AND %(last)s AND id %% %(step)s = %(first)s %% %(step)s;
