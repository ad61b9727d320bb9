-- Rows and checksum of the keys from `lower` up to but not with `upper`. The checksum sees bytes, not equality. A row's key is the seed
-- of its hash: without one it is linear in those of its values, so that a sum could not see that two rows exchanged some of them.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
SELECT count(*) AS rows, coalesce(sum(pg_catalog.hash_record_extended(ROW({hashed}), {seed})), 0)::text AS checksum
  FROM ONLY {table},
       (SELECT %(lower)s::pg_catalog.text[] AS "airlift lower", %(upper)s::pg_catalog.text[] AS "airlift upper") AS "airlift bounds"
 WHERE (NOT %(has_lower)s OR ({key}) >= ({lower})) AND (NOT %(has_upper)s OR ({key}) < ({upper}));
