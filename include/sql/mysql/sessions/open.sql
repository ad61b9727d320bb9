-- From now on the first statement begins a transaction. A value that does not fit is an error; zero dates and days in no calendar pass.
-- The catalog says what is so now: else what it says of a table's size and of its next number may be a day old.
-- Locks: nothing.
-- Twice: yes.
SET autocommit = 0, time_zone = '+00:00', group_concat_max_len = %(block_bytes)s, information_schema_stats_expiry = 0,
    sql_mode = 'STRICT_ALL_TABLES,ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO';
