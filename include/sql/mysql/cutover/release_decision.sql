-- Be known as a session that decides nothing any more.
-- Locks: nothing.
-- Twice: yes.
DO RELEASE_LOCK(%(name)s);
