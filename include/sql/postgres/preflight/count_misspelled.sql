-- How many rows of a foreign key are spelled otherwise than what they reference: another kind of server may tell such texts apart.
-- Locks: both tables, ACCESS SHARE; it reads the whole table.
-- Twice: yes.
SELECT COUNT(*) FROM ONLY {child} AS c JOIN ONLY {parent} AS p ON {matching} WHERE {is_other};
