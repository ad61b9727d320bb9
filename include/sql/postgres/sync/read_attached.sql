-- What somebody has put on tables and a new table would have to be given: valid indexes and the constraints that they carry, CHECK
-- constraints, triggers but for ours and those of foreign keys, rules, and whether row security is on. An index's definition is what
-- stands behind the table's name, so that neither another name nor another table makes it another one.
-- Locks: nothing.
-- Twice: yes.
SELECT u.oid::bigint AS table_oid, a.kind, a.name, a.definition
  FROM pg_catalog.unnest(%(oids)s::oid[]) AS u(oid)
 CROSS JOIN LATERAL (
   SELECT CASE WHEN k.contype = 'x' THEN 'exclusion constraint' WHEN k.contype IN ('p', 'u') THEN 'unique constraint'
               WHEN i.indisunique THEN 'unique index' ELSE 'index' END AS kind,
          x.relname::text AS name,
          pg_catalog.substr(pg_catalog.pg_get_indexdef(i.indexrelid), pg_catalog.length(pg_catalog.format(
            'CREATE %%sINDEX %%s ON %%s.%%s ', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END,
            pg_catalog.quote_ident(x.relname), pg_catalog.quote_ident(n.nspname), pg_catalog.quote_ident(t.relname))) + 1) AS definition
     FROM pg_catalog.pg_index i
     JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
     JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
     LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x') AND k.conrelid = i.indrelid
    WHERE i.indrelid = u.oid AND i.indisvalid
    UNION ALL
   SELECT 'check constraint', k.conname::text, pg_catalog.replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID', '')
     FROM pg_catalog.pg_constraint k
    WHERE k.conrelid = u.oid AND k.contype = 'c'
    UNION ALL
   SELECT 'trigger', g.tgname::text, pg_catalog.pg_get_triggerdef(g.oid)
     FROM pg_catalog.pg_trigger g
    WHERE g.tgrelid = u.oid AND NOT g.tgisinternal AND g.tgname NOT LIKE 'airlift\_%%'
    UNION ALL
   SELECT 'rule', r.rulename::text, r.rulename::text FROM pg_catalog.pg_rewrite r WHERE r.ev_class = u.oid
    UNION ALL
   SELECT 'row security', c.relname::text, 'on' FROM pg_catalog.pg_class c WHERE c.oid = u.oid AND c.relrowsecurity
 ) AS a
 ORDER BY 1, 2, 3;
