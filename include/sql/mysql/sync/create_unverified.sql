-- Keys whose rows were found to differ and wait for a verdict (`differs` is null), or differ at one and the same position (1).
-- Locks: nothing of the user's.
-- Twice: yes.
CREATE TABLE IF NOT EXISTS {unverified} ({columns}, `airlift differs` bigint NULL, KEY ({key})) ENGINE = InnoDB;
