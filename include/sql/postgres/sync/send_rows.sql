-- Send the rows whose keys changed since a position, as they are now, in the new table's shape, each with its checksum. In the key's
-- order, in which the target's indexes take them in faster, and each once: two logged keys may be the same key to the table's collation.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
COPY (SELECT DISTINCT ON ({own_key}) {expressions}, {checksum}
        FROM ONLY {table}
       WHERE ({key}) IN (
         SELECT {log_columns} FROM {log}
          WHERE op <> 'T' AND xid >= pg_catalog.pg_snapshot_xmin(%(since)s::pg_catalog.pg_snapshot)
            AND NOT pg_catalog.pg_visible_in_snapshot(xid, %(since)s::pg_catalog.pg_snapshot))
       ORDER BY {own_key})
  TO STDOUT (FORMAT {format});
