-- What is on tables of a schema and bears on their writers: unique indexes, foreign keys, triggers but for ours; before 8.0.16 there are no
-- CHECK constraints. And when their definitions were last written: a column that is dropped and added again at once leaves no other trace.
-- Locks: nothing.
-- Twice: yes.
SELECT TABLE_NAME AS `table`, 'definition' AS kind, '' AS name, CAST(CREATE_TIME AS char) AS definition
  FROM information_schema.TABLES WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME IN %(names)s AND TABLE_TYPE = 'BASE TABLE'
UNION ALL
SELECT TABLE_NAME, 'index', INDEX_NAME,
       group_concat(concat_ws(' ', coalesce(COLUMN_NAME, EXPRESSION), SUB_PART) ORDER BY SEQ_IN_INDEX SEPARATOR ', ')
  FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME IN %(names)s AND NON_UNIQUE = 0 GROUP BY TABLE_NAME, INDEX_NAME
UNION ALL
SELECT TABLE_NAME, 'foreign key', CONSTRAINT_NAME,
       concat_ws(' ', UNIQUE_CONSTRAINT_SCHEMA, REFERENCED_TABLE_NAME, UNIQUE_CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE)
  FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = %(schema)s AND TABLE_NAME IN %(names)s
UNION ALL
SELECT EVENT_OBJECT_TABLE, 'trigger', TRIGGER_NAME,
       concat_ws(' ', CAST(CREATED AS char), ACTION_TIMING, EVENT_MANIPULATION, SHA2(ACTION_STATEMENT, 256))
  FROM information_schema.TRIGGERS
 WHERE EVENT_OBJECT_SCHEMA = %(schema)s AND EVENT_OBJECT_TABLE IN %(names)s AND TRIGGER_NAME NOT LIKE 'airlift$_%%' ESCAPE '$';
