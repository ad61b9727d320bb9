-- What is on one table and bears on its writers: unique indexes, CHECK constraints, foreign keys, triggers but for ours. And when its
-- definition was last written: a column that is dropped and added again at once leaves no other trace. Joined with its likes by UNION ALL.
-- Locks: nothing.
-- Twice: yes.
SELECT %(position)s AS position, 'definition' AS kind, '' AS name, CAST(CREATE_TIME AS char) AS definition
  FROM information_schema.TABLES WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s AND TABLE_TYPE = 'BASE TABLE'
UNION ALL
SELECT %(position)s, 'index', INDEX_NAME,
       group_concat(concat_ws(' ', coalesce(COLUMN_NAME, EXPRESSION), SUB_PART) ORDER BY SEQ_IN_INDEX SEPARATOR ', ')
  FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s AND NON_UNIQUE = 0 GROUP BY INDEX_NAME
UNION ALL
SELECT %(position)s, 'check', t.CONSTRAINT_NAME, concat_ws(' ', c.CHECK_CLAUSE, t.ENFORCED)
  FROM information_schema.TABLE_CONSTRAINTS AS t
  JOIN information_schema.CHECK_CONSTRAINTS AS c ON c.CONSTRAINT_SCHEMA = t.CONSTRAINT_SCHEMA AND c.CONSTRAINT_NAME = t.CONSTRAINT_NAME
 WHERE t.TABLE_SCHEMA = %(schema)s AND t.TABLE_NAME = %(name)s AND t.CONSTRAINT_TYPE = 'CHECK'
UNION ALL
SELECT %(position)s, 'foreign key', CONSTRAINT_NAME,
       concat_ws(' ', UNIQUE_CONSTRAINT_SCHEMA, REFERENCED_TABLE_NAME, UNIQUE_CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE)
  FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s
UNION ALL
SELECT %(position)s, 'trigger', TRIGGER_NAME,
       concat_ws(' ', CAST(CREATED AS char), ACTION_TIMING, EVENT_MANIPULATION, MD5(ACTION_STATEMENT))
  FROM information_schema.TRIGGERS
 WHERE EVENT_OBJECT_SCHEMA = %(schema)s AND EVENT_OBJECT_TABLE = %(name)s AND TRIGGER_NAME NOT LIKE 'airlift$_%%' ESCAPE '$'
