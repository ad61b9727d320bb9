-- One row that we write to make the side that is captured durable up to a window's end.
-- Locks: nothing of the user's.
-- Twice: yes.
CREATE TABLE IF NOT EXISTS {heartbeat} (one int NOT NULL PRIMARY KEY, beat bigint NOT NULL) ENGINE = InnoDB;
