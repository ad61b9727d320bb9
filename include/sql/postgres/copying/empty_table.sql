-- Empty a target table of ours to start its copy over, or because the source's was truncated.
-- Locks: the target table, ACCESS EXCLUSIVE. Nobody else uses it before the switch.
-- Twice: yes.
TRUNCATE ONLY {table};
