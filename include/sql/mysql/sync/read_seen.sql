-- The ids that a change log has, as runs without a gap: from `first` to `last`, each `step` on. What is only to be compared ('V') makes
-- runs of its own, so that a run's length is all that is to be counted. Each residue is looked at by itself: an id that stands between
-- two of a run is then never taken for one of them, however servers and sessions have set auto_increment_increment. Joined with its likes
-- by UNION ALL.
-- Locks: nothing.
-- Twice: yes.
SELECT %(no)s AS no, is_check, min(id) AS first, max(id) AS last, @@auto_increment_increment AS step
  FROM (SELECT id, op = 'V' AS is_check, id %% @@auto_increment_increment AS residue,
               id DIV @@auto_increment_increment
                 + row_number() OVER (PARTITION BY op = 'V', id %% @@auto_increment_increment ORDER BY id DESC) AS island
          FROM {log}) AS numbered
 GROUP BY is_check, residue, island
