-- Milliseconds after which the server looks for deadlocks: our waiting stays below half of it.
-- Locks: nothing.
-- Twice: yes.
SELECT setting::int FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout';
