-- How far the way back has come: its position on the new side, and what the proof of a roll back rests on.
-- Locks: nothing of the user's.
-- Twice: yes.
CREATE TABLE IF NOT EXISTS {way_back} (
    one pg_catalog.int4 PRIMARY KEY, at pg_catalog.text NOT NULL, position pg_catalog.text NOT NULL, premises pg_catalog.jsonb, attempt pg_catalog.int4);
