-- Send the keys that changed since a position, in their order; `only_check` marks those that nobody changed: they are only compared.
-- Locks: nothing.
-- Twice: yes.
COPY (SELECT {typed_keys}, pg_catalog.bool_and(op = 'V')
        FROM {log}
       WHERE op <> 'T' AND xid >= pg_catalog.pg_snapshot_xmin(%(since)s::pg_catalog.pg_snapshot)
         AND NOT pg_catalog.pg_visible_in_snapshot(xid, %(since)s::pg_catalog.pg_snapshot)
       GROUP BY {log_columns} ORDER BY {log_columns})
  TO STDOUT (FORMAT {format});
