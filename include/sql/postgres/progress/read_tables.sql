-- For each table: its bytes and rows, how many are copied, and how much of the newest full comparison is done.
-- Locks: nothing that keeps a writer out.
-- Twice: yes.
WITH copied AS (
    SELECT r.table_no,
           count(*) AS ranges,
           count(b.done_at) AS ranges_done,
           sum(r.bytes) AS bytes,
           coalesce(sum(r.bytes) FILTER (WHERE b.done_at IS NOT NULL), 0) AS bytes_done,
           coalesce(sum(r.rows) FILTER (WHERE b.done_at IS NOT NULL), 0) AS rows
    FROM airlift.ranges AS r
    JOIN airlift.batches AS b ON b.migration = r.migration AND b.no = r.batch
    WHERE r.migration = %(migration)s
    GROUP BY r.table_no
), compared AS (
    SELECT table_no,
           count(*) AS checks,
           count(done_at) AS checks_done,
           coalesce(sum(source_rows) FILTER (WHERE done_at IS NOT NULL), 0) AS rows,
           coalesce(sum(suspects) FILTER (WHERE done_at IS NOT NULL), 0) AS suspects
    FROM airlift.checks
    WHERE migration = %(migration)s
      AND pass_no = (SELECT max(no) FROM airlift.passes WHERE migration = %(migration)s)
    GROUP BY table_no
)
SELECT t.layout -> 'source' AS source,
       t.layout -> 'target' AS target,
       coalesce(copied.ranges, 0)::int8 AS ranges,
       coalesce(copied.ranges_done, 0)::int8 AS ranges_done,
       coalesce(copied.bytes, t.bytes)::int8 AS bytes,
       coalesce(copied.bytes_done, 0)::int8 AS bytes_done,
       coalesce(copied.rows, 0)::int8 AS rows,
       coalesce(compared.checks, 0)::int8 AS checks,
       coalesce(compared.checks_done, 0)::int8 AS checks_done,
       coalesce(compared.rows, 0)::int8 AS rows_compared,
       coalesce(compared.suspects, 0)::int8 AS suspects
FROM airlift.tables AS t
LEFT JOIN copied ON copied.table_no = t.no
LEFT JOIN compared ON compared.table_no = t.no
WHERE t.migration = %(migration)s
ORDER BY t.no;
