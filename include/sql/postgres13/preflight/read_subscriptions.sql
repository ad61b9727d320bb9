-- The subscriptions that write the given tables. Before version 14 not every role may read the numbers of subscriptions but in this view.
-- Locks: nothing.
-- Twice: yes.
SELECT DISTINCT r.srrelid::bigint AS oid, s.subname::text AS name
  FROM pg_catalog.pg_subscription_rel r
  JOIN pg_catalog.pg_stat_subscription s ON s.subid = r.srsubid
 WHERE r.srrelid = ANY (%(oids)s::oid[])
 ORDER BY 1, 2;
