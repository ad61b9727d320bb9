-- The table that a trigger is on.
-- Locks: nothing.
-- Twice: yes.
SELECT EVENT_OBJECT_SCHEMA AS `schema`, EVENT_OBJECT_TABLE AS name
  FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = %(schema)s AND TRIGGER_NAME = %(name)s;
