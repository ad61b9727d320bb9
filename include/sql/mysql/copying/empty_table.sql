-- Empty a target table of ours to start its copy over, or because the source's was truncated. TRUNCATE would be for good at once, and
-- give the table another id.
-- Locks: all rows of the target table. Nobody else uses it before the switch.
-- Twice: yes.
DELETE FROM {table};
