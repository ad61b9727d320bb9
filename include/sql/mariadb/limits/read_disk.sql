-- The disk that the tables are on: of those that are mounted, the one whose place is the longest beginning of the data folder's. The
-- plugin counts in kilobytes. No row where our role lacks the right FILE.
-- Locks: nothing.
-- Twice: yes, it only reads.
SELECT CAST(Total * 1024 AS signed) AS total, CAST(Available * 1024 AS signed) AS free
  FROM information_schema.DISKS
 WHERE LOCATE(CONCAT(TRIM(TRAILING '/' FROM Path), '/'), @@datadir) = 1
 ORDER BY CHAR_LENGTH(Path) DESC
 LIMIT 1;
