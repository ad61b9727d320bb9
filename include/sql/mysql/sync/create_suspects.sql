-- Where keys arrive on the source that are to be compared, numbered.
-- Locks: nothing of the user's.
-- Twice: no; it is dropped before.
CREATE TEMPORARY TABLE {suspects} (`airlift no` BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY) ENGINE = InnoDB
AS SELECT {log_columns} FROM {log} LIMIT 0;
