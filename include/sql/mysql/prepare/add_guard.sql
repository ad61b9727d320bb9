-- Note a table that may be shut; it is open.
-- Locks: its row.
-- Twice: yes.
INSERT INTO {guards} (table_schema, table_name, later_name)
SELECT %(schema)s, %(name)s, %(later)s FROM (SELECT 1) AS one
 WHERE NOT EXISTS (SELECT 1 FROM {guards} AS g WHERE g.table_schema = %(schema)s AND g.table_name = %(name)s);
