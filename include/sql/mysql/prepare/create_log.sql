-- The change log of one table: which keys changed. The ids are given out when a row is noted, not when it is committed; they only name rows.
-- What a trigger takes of AUTO_INCREMENT leaves LAST_INSERT_ID() of the writer alone. It is in parts, which sessions share out among
-- themselves: where MySQL rolls a statement or a savepoint back, it keeps the gap where the rows were, and at the end of one log every other
-- writer would wait for that gap, or die of a deadlock.
-- Locks: nothing of the user's.
-- Twice: yes.
CREATE TABLE IF NOT EXISTS {log} (
    id bigint unsigned NOT NULL AUTO_INCREMENT,
    op char(1) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    writer bigint unsigned NOT NULL DEFAULT 0,
    {columns},
    PRIMARY KEY (id, writer)
) ENGINE = InnoDB PARTITION BY HASH (writer) PARTITIONS 16;
