-- The subscriptions that write the given tables.
-- Locks: nothing.
-- Twice: yes.
SELECT r.srrelid::bigint AS oid, s.subname::text AS name
  FROM pg_catalog.pg_subscription_rel r
  JOIN pg_catalog.pg_subscription s ON s.oid = r.srsubid
 WHERE r.srrelid = ANY (%(oids)s::oid[])
 ORDER BY 1, 2;
