-- Rows and checksum of the keys from `lower` up to but not with `upper`. The checksum sees bytes, not equality. A row's key is the seed
-- of its hash: without one it is linear in those of its values, so that a sum could not see that two rows exchanged some of them.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
SELECT count(*) AS rows, coalesce(sum({checksum}), 0)::text AS checksum
  FROM ONLY {table}
 WHERE {range};
