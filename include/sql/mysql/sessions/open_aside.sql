-- Make a session one for definitions: each is for good at once.
-- Locks: nothing.
-- Twice: yes.
SET autocommit = 1, time_zone = '+00:00', foreign_key_checks = 0,
    sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO';
