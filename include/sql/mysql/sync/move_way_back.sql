-- Move the way back's position: what a window on it does first. No row: another window was faster.
-- Locks: nothing of the user's.
-- Twice: no, for the position has moved.
UPDATE {way_back} SET position = %(position)s, at = %(at)s WHERE one = 1 AND position = %(start)s;
