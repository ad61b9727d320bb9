-- Take a name, so that nothing else can get it.
-- Locks: nothing.
-- Twice: yes.
CREATE TABLE IF NOT EXISTS {table} (nothing INT NOT NULL PRIMARY KEY) ENGINE = InnoDB COMMENT = %(sentry)s;
