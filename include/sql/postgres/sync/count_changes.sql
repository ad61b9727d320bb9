-- How much the change log of one table holds since a position. Joined with its likes by UNION ALL.
-- Locks: nothing.
-- Twice: yes.
SELECT %(no)s AS no, count(*) FILTER (WHERE op <> 'V') AS changes, count(*) FILTER (WHERE op = 'V') AS checks,
       coalesce(pg_catalog.bool_or(op = 'T'), false) AS is_truncated
  FROM {log}
 WHERE xid >= pg_catalog.pg_snapshot_xmin(%(since)s::pg_catalog.pg_snapshot)
   AND NOT pg_catalog.pg_visible_in_snapshot(xid, %(since)s::pg_catalog.pg_snapshot)
