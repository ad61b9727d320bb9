-- How many keys of one table wait for a verdict, and how many differ. Joined with its likes by UNION ALL.
-- Locks: nothing.
-- Twice: yes.
SELECT %(no)s AS no, CAST(COALESCE(SUM(`airlift differs` IS NULL), 0) AS SIGNED) AS waiting,
       CAST(COALESCE(SUM(`airlift differs`), 0) AS SIGNED) AS differing
  FROM {unverified}
