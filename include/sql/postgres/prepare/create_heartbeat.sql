-- One row that we write to make the source durable up to a window's end, and where the log's pruning is noted.
-- Locks: nothing of the user's.
-- Twice: yes.
CREATE TABLE IF NOT EXISTS {heartbeat} (one pg_catalog.int4 PRIMARY KEY, beat pg_catalog.int8 NOT NULL, pruned_to pg_catalog.text);
