-- Make a new table. The server does not tend it by itself while it is loaded: each index would wait for that, a second at least.
-- Locks: nothing of the user's.
-- Twice: no; only where the name is free.
CREATE TABLE {table} ({columns}) WITH (autovacuum_enabled = off);
