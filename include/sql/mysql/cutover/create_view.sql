-- Make a compatibility view, which the server itself writes through, with the rights of whoever uses it.
-- Locks: the view and the table below it, for a moment.
-- Twice: yes.
CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW {view} AS SELECT {columns} FROM {table};
