-- The database that holds what is ours.
-- Locks: nothing of the user's.
-- Twice: yes.
CREATE DATABASE IF NOT EXISTS airlift DEFAULT CHARACTER SET utf8mb4 DEFAULT COLLATE utf8mb4_bin;
