-- The event triggers that our own CREATE and ALTER statements would set off.
-- Locks: nothing.
-- Twice: yes.
SELECT evtname::text AS name FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D' ORDER BY 1;
