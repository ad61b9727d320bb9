-- The indexes of tables: the part of each definition behind the table's name, and the constraint that it carries.
-- Locks: nothing.
-- Twice: yes.
SELECT i.indrelid::bigint AS table_oid, c.relname AS name, i.indisunique AS is_unique, i.indisprimary AS is_primary, i.indisvalid AS is_valid,
       pg_catalog.substr(pg_catalog.pg_get_indexdef(i.indexrelid), pg_catalog.length(pg_catalog.format(
         'CREATE %%sINDEX %%s ON %%s.%%s ', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END,
         pg_catalog.quote_ident(c.relname), pg_catalog.quote_ident(n.nspname), pg_catalog.quote_ident(t.relname))) + 1) AS tail,
       k.conname AS constraint_name, k.contype::text AS constraint_type,
       pg_catalog.pg_get_constraintdef(k.oid) AS constraint_definition,
       coalesce(k.condeferrable, false) AS is_deferrable,
       coalesce(pg_catalog.format('%%s%%s', CASE WHEN k.condeferrable THEN 'DEFERRABLE' ELSE '' END,
         CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END), '') AS deferring,
       i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL AND NOT EXISTS (
         SELECT FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[]) AND NOT a.attnotnull) AS is_key,
       ARRAY(SELECT a.attname::text
               FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u(attnum, position)
               JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.attnum
              WHERE u.position <= i.indnkeyatts
              ORDER BY u.position) AS columns
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
  LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x') AND k.conrelid = i.indrelid
 WHERE i.indrelid = ANY (%(oids)s::oid[])
 ORDER BY i.indrelid, i.indisprimary DESC, c.relname;
