-- Where a transaction keeps one snapshot for its whole life unless it says otherwise.
-- Locks: nothing.
-- Twice: yes.
SELECT r.rolname::text AS role, d.datname::text AS database, pg_catalog.split_part(c.setting, '=', 2) AS level
  FROM pg_catalog.pg_db_role_setting s
 CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c(setting)
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
  LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
 WHERE (s.setdatabase = 0 OR d.datname = pg_catalog.current_database())
   AND pg_catalog.lower(c.setting) IN ('default_transaction_isolation=repeatable read', 'default_transaction_isolation=serializable')
UNION ALL
SELECT NULL, NULL, p.setting
  FROM pg_catalog.pg_settings p
 WHERE p.name = 'default_transaction_isolation' AND p.setting IN ('repeatable read', 'serializable')
   AND p.source NOT IN ('database', 'user', 'database user')
 ORDER BY 1, 2;
