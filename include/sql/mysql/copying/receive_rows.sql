-- Take in lines, some of whose values are other ones there than in the columns.
-- Locks: the rows that it makes.
-- Twice: no; what says that it was done commits with it.
LOAD DATA LOCAL INFILE 'airlift file' INTO TABLE {table} CHARACTER SET {charset}
{form} ({columns}) SET {made};
