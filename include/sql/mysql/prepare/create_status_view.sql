-- Where every migration stands, for tools outside. Made of joins, so that nobody can write through it.
-- Locks: the view itself, for a moment.
-- Twice: yes.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW airlift.status AS
SELECT m.migration, COALESCE(s.words, CAST(m.stage AS CHAR)) AS stage, m.dag_id, m.run_id, m.in_place,
       COALESCE((SELECT SUM(t.rows_copied) FROM airlift.tables AS t WHERE t.migration = m.migration), 0) AS rows_copied,
       COALESCE((SELECT SUM(r.bytes) FROM airlift.ranges AS r WHERE r.migration = m.migration AND r.rows IS NOT NULL), 0) AS bytes_done,
       COALESCE((SELECT SUM(t.bytes) FROM airlift.tables AS t WHERE t.migration = m.migration), 0) AS bytes_total,
       (SELECT COUNT(r.rows) FROM airlift.ranges AS r WHERE r.migration = m.migration) AS ranges_done,
       (SELECT COUNT(*) FROM airlift.ranges AS r WHERE r.migration = m.migration) AS ranges_total,
       (SELECT COUNT(*) FROM airlift.windows AS w WHERE w.migration = m.migration) AS windows,
       COALESCE((SELECT SUM(w.changes) FROM airlift.windows AS w WHERE w.migration = m.migration), 0) AS changes,
       (SELECT w.lag_seconds FROM airlift.windows AS w WHERE w.migration = m.migration ORDER BY w.no DESC LIMIT 1) AS lag_seconds,
       m.position_at,
       (SELECT a.pause_ms FROM airlift.attempts AS a
         WHERE a.migration = m.migration AND a.pause_ms IS NOT NULL ORDER BY a.no DESC LIMIT 1) AS pause_ms,
       m.started_at, m.stage_at
  FROM airlift.migrations AS m
  LEFT JOIN ({stages}) AS s ON s.number = m.stage;
