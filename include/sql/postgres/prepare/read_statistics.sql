-- The extended statistics of tables: the part of each definition between the statistic's name and the table's.
-- Locks: nothing.
-- Twice: yes.
SELECT s.stxrelid::bigint AS table_oid, n.nspname AS schema, s.stxname AS name,
       pg_catalog.rtrim(pg_catalog.substr(d.text, d.head + 1, pg_catalog.length(d.text) - d.head - d.foot)) AS tail
  FROM pg_catalog.pg_statistic_ext s
  JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
  JOIN pg_catalog.pg_class c ON c.oid = s.stxrelid
  JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
 CROSS JOIN LATERAL (
       SELECT pg_catalog.pg_get_statisticsobjdef(s.oid),
              pg_catalog.length(pg_catalog.format('CREATE STATISTICS %%I.%%I ', n.nspname, s.stxname)),
              pg_catalog.length(pg_catalog.format(' FROM %%I.%%I', cn.nspname, c.relname))) AS d(text, head, foot)
 WHERE s.stxrelid = ANY (%(oids)s::oid[])
 ORDER BY s.stxrelid, s.stxname;
