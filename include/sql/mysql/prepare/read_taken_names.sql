-- Those of some triggers' names that are taken in a database, on another table than the one that they are to be on.
-- Locks: nothing.
-- Twice: yes.
SELECT TRIGGER_NAME AS name
  FROM information_schema.TRIGGERS
 WHERE TRIGGER_SCHEMA = %(schema)s AND TRIGGER_NAME IN %(names)s AND CAST(EVENT_OBJECT_TABLE AS binary) <> CAST(%(table)s AS binary)
 ORDER BY TRIGGER_NAME;
