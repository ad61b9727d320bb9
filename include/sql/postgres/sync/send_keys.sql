-- Send the keys that changed since a position, in their order, as the new table has them; those that nobody changed are marked: they are
-- only compared. What makes the new table's key of the old one's columns is made of the log's, under their names.
-- Locks: nothing.
-- Twice: yes.
COPY (SELECT {key}, {only_check}
        FROM (SELECT {log_key}, op AS "airlift op"
                FROM {log}
               WHERE op <> 'T' AND xid >= pg_catalog.pg_snapshot_xmin(%(since)s::pg_catalog.pg_snapshot)
                 AND NOT pg_catalog.pg_visible_in_snapshot(xid, %(since)s::pg_catalog.pg_snapshot)) AS {source}
       GROUP BY {source_key} ORDER BY {source_key})
  TO STDOUT (FORMAT {format});
