-- Send the rows of a range of blocks in the new table's shape. Before version 14 only rows whose places are named are read without reading
-- the whole table: so each place is named that a row of these blocks may have, up to where the table ends now.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
COPY (SELECT {expressions} FROM ONLY {table} WHERE ctid = ANY (ARRAY(
        SELECT pg_catalog.format('(%%s,%%s)', of_block.no, of_row.no)::pg_catalog.tid
          FROM (SELECT pg_catalog.current_setting('block_size')::bigint AS bytes) AS block
         CROSS JOIN LATERAL pg_catalog.generate_series(
           (%(first)s::pg_catalog.point)[0]::bigint,
           least((%(end)s::pg_catalog.point)[0]::bigint, pg_catalog.pg_relation_size(pg_catalog.to_regclass(%(table)s)) / block.bytes) - 1
         ) AS of_block(no)
         CROSS JOIN LATERAL pg_catalog.generate_series(1, (block.bytes - 24) / 28) AS of_row(no))))
  TO STDOUT (FORMAT {format});
