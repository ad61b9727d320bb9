-- What somebody has put on tables and a new table would have to be given: valid indexes and the constraints that they carry, CHECK
-- constraints, foreign keys, triggers but for ours and those of foreign keys, rules, and whether row security is on. An index's
-- definition is what stands behind the table's name, so that neither another name nor another table makes it another one.
-- With them the columns, each by its name: its type, NOT NULL, default, generation and identity; the owner; and what others than the
-- owner may do. A grant's name is the column's, empty where it is on the table, and its definition "<privilege> to <whom>".
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
   SELECT CASE k.contype WHEN 'c' THEN 'check constraint' ELSE 'foreign key' END, k.conname::text,
          pg_catalog.replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID', '')
     FROM pg_catalog.pg_constraint k
    WHERE k.conrelid = u.oid AND k.contype IN ('c', 'f')
    UNION ALL
   SELECT 'trigger', g.tgname::text, pg_catalog.pg_get_triggerdef(g.oid)
     FROM pg_catalog.pg_trigger g
    WHERE g.tgrelid = u.oid AND NOT g.tgisinternal AND g.tgname NOT LIKE 'airlift\_%%'
    UNION ALL
   SELECT 'rule', r.rulename::text, r.rulename::text FROM pg_catalog.pg_rewrite r WHERE r.ev_class = u.oid
    UNION ALL
   SELECT 'row security', c.relname::text, 'on' FROM pg_catalog.pg_class c WHERE c.oid = u.oid AND c.relrowsecurity
    UNION ALL
   SELECT f.kind, t.attname::text, f.definition
     FROM pg_catalog.pg_attribute t
     LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = t.attrelid AND d.adnum = t.attnum
    CROSS JOIN LATERAL (VALUES
            ('column', pg_catalog.format_type(t.atttypid, t.atttypmod)),
            ('NOT NULL', CASE WHEN t.attnotnull THEN 'on' END),
            (CASE WHEN t.attgenerated = '' THEN 'default' ELSE 'generation' END, pg_catalog.pg_get_expr(d.adbin, d.adrelid)),
            ('identity', CASE t.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END)) AS f(kind, definition)
    WHERE t.attrelid = u.oid AND t.attnum > 0 AND NOT t.attisdropped AND f.definition IS NOT NULL
    UNION ALL
   SELECT 'owner', '', pg_catalog.format('role "%%s"', pg_catalog.pg_get_userbyid(c.relowner)) FROM pg_catalog.pg_class c WHERE c.oid = u.oid
    UNION ALL
   SELECT DISTINCT 'grant', o.name, pg_catalog.format('%%s to %%s', p.words,
            CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.format('role "%%s"', pg_catalog.pg_get_userbyid(g.grantee)) END)
     FROM pg_catalog.pg_class c
    CROSS JOIN LATERAL (
            SELECT ''::text AS name, c.relacl AS acl
             UNION ALL
            SELECT t.attname::text, t.attacl FROM pg_catalog.pg_attribute t WHERE t.attrelid = c.oid AND NOT t.attisdropped) AS o
    CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) AS g
    CROSS JOIN LATERAL (VALUES (g.privilege_type, true), ('GRANT OPTION FOR ' || g.privilege_type, g.is_grantable)) AS p(words, is_given)
    WHERE c.oid = u.oid AND g.grantee <> c.relowner AND p.is_given
 ) AS a
 ORDER BY 1, 2, 3, 4;
