-- Take some of them into the change log. A few at a time: meanwhile no writer gets a number for a row in it.
-- Locks: the log's numbers.
-- Twice: yes.
INSERT INTO {log} (op, {log_columns}) SELECT %(op)s, {log_columns} FROM {suspects} WHERE `airlift no` BETWEEN %(first)s AND %(last)s;
