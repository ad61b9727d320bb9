-- How many rows of one table's change log a position has not seen, and no more than `most`. Joined with its likes by UNION ALL.
-- Locks: nothing that keeps a writer out.
-- Twice: yes.
SELECT %(no)s AS no, (
         SELECT count(*) FROM (
           SELECT FROM {log}
            WHERE xid >= pg_catalog.pg_snapshot_xmin(%(since)s::pg_catalog.pg_snapshot)
              AND NOT pg_catalog.pg_visible_in_snapshot(xid, %(since)s::pg_catalog.pg_snapshot)
            LIMIT %(most)s) AS found) AS waiting
