-- Make the database of our own objects.
-- Locks: nothing.
-- Twice: yes.
CREATE DATABASE IF NOT EXISTS airlift CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
