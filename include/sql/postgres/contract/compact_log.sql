-- Keep of a change log one row for each key, as of now: a later window carries and compares a key once, however often it changed.
-- Locks: nothing of the user's.
-- Twice: yes.
WITH gone AS (DELETE FROM {log} RETURNING op, {log_columns})
INSERT INTO {log} (op, {log_columns}) SELECT CASE op WHEN 'T' THEN 'T' ELSE 'U' END::pg_catalog."char", {log_columns} FROM gone GROUP BY 1, {log_columns};
