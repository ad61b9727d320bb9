-- Take in lines.
-- Locks: the rows that it makes.
-- Twice: no; what says that it was done commits with it.
LOAD DATA LOCAL INFILE 'airlift file' INTO TABLE {table} CHARACTER SET utf8mb4
FIELDS TERMINATED BY x'09' ESCAPED BY x'5C' LINES TERMINATED BY x'0A' ({columns});
