-- The foreign keys of a database's tables that change rows without a word, for no trigger sees what they do: a row for each column.
-- Locks: nothing.
-- Twice: yes.
SELECT k.TABLE_NAME AS child, k.CONSTRAINT_NAME AS name, k.COLUMN_NAME AS child_column, k.REFERENCED_TABLE_SCHEMA AS parent_schema,
       k.REFERENCED_TABLE_NAME AS parent, k.REFERENCED_COLUMN_NAME AS parent_column, r.UPDATE_RULE = 'CASCADE' AS moves_children,
       c.COLLATION_NAME IS NOT NULL AS is_text
  FROM information_schema.REFERENTIAL_CONSTRAINTS AS r
  JOIN information_schema.KEY_COLUMN_USAGE AS k
    ON k.CONSTRAINT_SCHEMA = r.CONSTRAINT_SCHEMA AND k.CONSTRAINT_NAME = r.CONSTRAINT_NAME AND k.TABLE_NAME = r.TABLE_NAME
  JOIN information_schema.COLUMNS AS c
    ON c.TABLE_SCHEMA = k.TABLE_SCHEMA AND CAST(c.TABLE_NAME AS binary) = CAST(k.TABLE_NAME AS binary) AND c.COLUMN_NAME = k.COLUMN_NAME
 WHERE r.CONSTRAINT_SCHEMA = %(schema)s AND (r.UPDATE_RULE IN ('CASCADE', 'SET NULL') OR r.DELETE_RULE IN ('CASCADE', 'SET NULL'))
 ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION;
