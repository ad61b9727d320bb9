-- The tables that a migration may shut.
-- Locks: nothing.
-- Twice: yes.
SELECT no, table_schema, table_name, later_name, shut FROM {guards};
