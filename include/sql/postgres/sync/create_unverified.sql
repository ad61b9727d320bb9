-- Keys whose rows were found to differ and wait for a verdict (`differs` is null), or differ at one and the same position (true).
-- Locks: nothing of the user's.
-- Twice: yes.
CREATE TABLE IF NOT EXISTS {unverified} AS SELECT {key}, NULL::pg_catalog.bool AS "airlift differs" FROM ONLY {target} WITH NO DATA;
