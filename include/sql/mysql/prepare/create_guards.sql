-- The tables that a migration shuts and opens, each with the number that its triggers have, and the name that it gets at the cutover.
-- Locks: nothing.
-- Twice: yes.
CREATE TABLE IF NOT EXISTS {guards} (
  no INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  table_schema VARCHAR(64) NOT NULL,
  table_name VARCHAR(64) NOT NULL,
  later_name VARCHAR(64),
  shut BOOLEAN NOT NULL DEFAULT FALSE,
  UNIQUE KEY (table_schema, table_name)
) ENGINE = InnoDB AUTO_INCREMENT = {first} DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
