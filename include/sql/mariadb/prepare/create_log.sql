-- The change log of one table: which keys changed. The ids are given out when a row is noted, not when it is committed; they only name rows.
-- What a trigger takes of AUTO_INCREMENT leaves LAST_INSERT_ID() of the writer alone.
-- Locks: nothing of the user's.
-- Twice: yes.
CREATE TABLE IF NOT EXISTS {log} (
    id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    op char(1) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    {columns}
) ENGINE = InnoDB;
