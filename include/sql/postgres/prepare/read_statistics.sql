-- The extended statistics of one table: the part of each definition behind the statistic's name.
-- Locks: nothing.
-- Twice: yes.
SELECT s.stxname AS name, pg_catalog.regexp_replace(pg_catalog.pg_get_statisticsobjdef(s.oid), '^CREATE STATISTICS \S+', '') AS tail
  FROM pg_catalog.pg_statistic_ext s
 WHERE s.stxrelid = %(oid)s::oid
 ORDER BY s.stxname;
