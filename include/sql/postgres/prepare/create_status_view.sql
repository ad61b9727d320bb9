-- Where every migration stands, for tools outside. Made of joins, so that nobody can write through it.
-- Locks: the view itself, for a moment.
-- Twice: yes.
CREATE OR REPLACE VIEW airlift.status AS
SELECT m.migration,
       coalesce((%(words)s::text[])[pg_catalog.array_position(%(numbers)s::int[], m.stage)], m.stage::text) AS stage,
       m.dag_id, m.run_id, m.in_place, t.rows_copied, r.bytes_done, t.bytes_total, r.ranges_done, r.ranges_total, w.windows, w.changes,
       w.lag_seconds, m.position_at, a.pause_ms, m.started_at, m.stage_at
  FROM airlift.migrations AS m
  LEFT JOIN LATERAL (
         SELECT coalesce(pg_catalog.sum(rows_copied), 0)::bigint AS rows_copied, coalesce(pg_catalog.sum(bytes), 0)::bigint AS bytes_total
           FROM airlift.tables WHERE migration = m.migration) AS t ON true
  LEFT JOIN LATERAL (
         SELECT coalesce(pg_catalog.sum(bytes) FILTER (WHERE rows IS NOT NULL), 0)::bigint AS bytes_done,
                pg_catalog.count(rows) AS ranges_done, pg_catalog.count(*) AS ranges_total
           FROM airlift.ranges WHERE migration = m.migration) AS r ON true
  LEFT JOIN LATERAL (
         SELECT pg_catalog.count(*) AS windows, coalesce(pg_catalog.sum(changes), 0)::bigint AS changes,
                (pg_catalog.array_agg(lag_seconds ORDER BY no DESC))[1] AS lag_seconds
           FROM airlift.windows WHERE migration = m.migration) AS w ON true
  LEFT JOIN LATERAL (
         SELECT pause_ms FROM airlift.attempts
          WHERE migration = m.migration AND pause_ms IS NOT NULL ORDER BY no DESC LIMIT 1) AS a ON true;
