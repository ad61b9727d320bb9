-- Rows and checksum of a range of keys. The checksum sees bytes, not equality.
-- Locks: nothing that stops a writer.
-- Twice: yes.
SELECT COUNT(*), CAST(COALESCE(SUM({checksum}), 0) AS CHAR) FROM {table} WHERE {range};
