-- Let nobody else begin a migration on this server as long as this session lasts.
-- Locks: a name of ours.
-- Twice: yes.
SELECT GET_LOCK('airlift', %(seconds)s);
