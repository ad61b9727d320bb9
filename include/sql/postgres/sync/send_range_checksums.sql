-- Send key and checksum of every row of a range.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
COPY (
  SELECT {typed_key}, pg_catalog.hash_record_extended(ROW({hashed}), 0)
    FROM ONLY {table},
         (SELECT %(lower)s::pg_catalog.text[] AS "airlift lower", %(upper)s::pg_catalog.text[] AS "airlift upper") AS "airlift bounds"
   WHERE (NOT %(has_lower)s OR ({key}) >= ({lower})) AND (NOT %(has_upper)s OR ({key}) < ({upper})))
  TO STDOUT (FORMAT {format});
