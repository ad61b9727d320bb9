-- Be known by a word. The server forgets it when the session ends, however that happens.
-- Locks: a word of ours.
-- Twice: yes.
SELECT GET_LOCK(%(name)s, 0);
