-- One row that says how far the change logs of a side were pruned. Not in the heartbeat's: a window reads this one with the logs, under the
-- fence too, where what a session has locked nobody else may write.
-- Locks: nothing of the user's.
-- Twice: yes.
CREATE TABLE IF NOT EXISTS {pruned} (one int NOT NULL PRIMARY KEY, number bigint unsigned NOT NULL, pruned_to longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
ENGINE = InnoDB;
