-- How many keys of one table wait for a verdict, and how many differ. Joined with its likes by UNION ALL.
-- Locks: nothing.
-- Twice: yes.
SELECT %(no)s AS no, count(*) FILTER (WHERE "airlift differs" IS NULL) AS waiting, count(*) FILTER (WHERE "airlift differs") AS differing FROM {unverified}
