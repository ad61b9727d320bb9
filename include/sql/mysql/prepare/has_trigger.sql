-- Whether a table has a trigger of a name.
-- Locks: nothing.
-- Twice: yes.
SELECT COUNT(*) FROM information_schema.TRIGGERS
 WHERE EVENT_OBJECT_SCHEMA = %(schema)s AND EVENT_OBJECT_TABLE = %(table)s AND TRIGGER_SCHEMA = %(schema)s AND TRIGGER_NAME = %(name)s;
