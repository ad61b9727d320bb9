-- Keys that differed when the report was made, with the rows of both sides.
-- Locks: nothing that keeps a writer out.
-- Twice: yes.
SELECT t.layout -> 'target' AS "table", d.key, d.source, d.target
FROM airlift.differences d
JOIN airlift.tables t ON t.migration = d.migration AND t.no = d.table_no
WHERE d.migration = %(migration)s
ORDER BY d.table_no, d.no;
