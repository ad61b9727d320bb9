-- Whether another session is known as one that may decide.
-- Locks: nothing.
-- Twice: yes.
SELECT COALESCE(IS_USED_LOCK(%(name)s) <> CONNECTION_ID(), FALSE);
