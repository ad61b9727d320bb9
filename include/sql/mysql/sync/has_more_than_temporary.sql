-- Whether a table has something that a temporary one can't have: partitions, or an index that is no B-tree.
-- Locks: nothing.
-- Twice: yes.
SELECT EXISTS (SELECT 1 FROM information_schema.PARTITIONS
                WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(table)s AND PARTITION_NAME IS NOT NULL)
    OR EXISTS (SELECT 1 FROM information_schema.STATISTICS
                WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(table)s AND INDEX_TYPE NOT IN ('BTREE', 'HASH'));
