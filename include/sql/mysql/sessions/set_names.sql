-- How texts come and go, and how those in a statement compare.
-- Locks: nothing.
-- Twice: yes.
SET NAMES utf8mb4 COLLATE utf8mb4_bin;
