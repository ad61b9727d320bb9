-- Keys whose rows were found to differ and wait for a verdict (`differs` is null), or differ at one and the same position (1).
-- Locks: nothing of the user's.
-- Twice: yes.
CREATE TABLE IF NOT EXISTS {unverified} (KEY ({key})) ENGINE = InnoDB AS SELECT {key}, CAST(NULL AS SIGNED) AS `airlift differs` FROM {target} LIMIT 0;
