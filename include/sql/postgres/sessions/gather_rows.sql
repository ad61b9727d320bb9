-- All rows of a query as one value, so that several queries go to the server together.
-- Locks: what the query locks.
-- Twice: yes.
SELECT %(no)s AS no, coalesce(pg_catalog.json_agg(q), '[]') AS rows FROM ({query}) AS q;
