-- Remove from the change log what is on the target for good.
-- Locks: nothing of the user's.
-- Twice: yes.
DELETE FROM {log}
 WHERE xid < pg_catalog.pg_snapshot_xmax(%(position)s::pg_catalog.pg_snapshot)
   AND pg_catalog.pg_visible_in_snapshot(xid, %(position)s::pg_catalog.pg_snapshot);
