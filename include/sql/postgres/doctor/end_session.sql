-- For a person: end a session.
-- Locks: nothing.
-- Twice: yes.
SELECT pg_terminate_backend(<its process>);
