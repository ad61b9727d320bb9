-- Be known by a word no more.
-- Locks: nothing.
-- Twice: yes.
DO RELEASE_LOCK(%(name)s);
