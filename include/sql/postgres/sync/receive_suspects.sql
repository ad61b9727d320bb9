-- Take keys that are to be compared into the change log.
-- Locks: nothing of the user's.
-- Twice: yes.
COPY {log} (op, {log_columns}) FROM STDIN (FORMAT text);
