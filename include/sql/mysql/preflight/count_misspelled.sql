-- How many rows of a foreign key are spelled otherwise than what they reference: another kind of server may tell such texts apart.
-- Locks: nothing; it reads the whole table.
-- Twice: yes.
SELECT COUNT(*) FROM {child} AS c JOIN {parent} AS p ON {matching} WHERE {is_other};
