-- A sequence's state.
-- Locks: nothing.
-- Twice: yes.
SELECT last_value, is_called FROM {sequence};
