-- A sequence's state; `no` tells it from the others that are asked for with it.
-- Locks: nothing.
-- Twice: yes.
SELECT %(no)s AS no, last_value, is_called FROM {sequence};
