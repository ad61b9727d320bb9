-- Take them into the change log.
-- Locks: nothing of the user's.
-- Twice: yes.
INSERT INTO {log} (op, {log_columns}) SELECT %(op)s, {log_columns} FROM {suspects};
