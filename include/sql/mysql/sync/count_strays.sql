-- How many of a window's rows reference no row of a parent, as this server tells texts apart.
-- Locks: nothing.
-- Twice: yes.
SELECT COUNT(*) FROM {rows} AS c LEFT JOIN {parent} AS p ON {matching} WHERE {is_set} AND p.{first} IS NULL;
