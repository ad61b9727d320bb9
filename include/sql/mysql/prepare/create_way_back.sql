-- How far the way back has come: its position on the new side, and what the proof of a roll back rests on.
-- Locks: nothing of the user's.
-- Twice: yes.
CREATE TABLE IF NOT EXISTS {way_back} (
    one int NOT NULL PRIMARY KEY, at varchar(64) NOT NULL, position longtext NOT NULL, premises longtext, attempt int
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 DEFAULT COLLATE utf8mb4_bin;
