-- The columns of tables now, with the numbers that a dropped column never gives back: what is copied and carried is these.
-- Locks: nothing.
-- Twice: yes.
SELECT u.position::int AS position, a.attnum::int AS number, a.attname::text AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type
  FROM pg_catalog.unnest(%(tables)s::text[]) WITH ORDINALITY AS u(name, position)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = pg_catalog.to_regclass(u.name) AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY u.position, a.attnum;
