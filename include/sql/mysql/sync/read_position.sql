-- This moment: the server's clock for people, and a number for us that grows with each time it is asked for, over restarts too. What the
-- server's id puts in front of it is cut off.
-- Locks: nothing.
-- Twice: yes.
SELECT date_format(utc_timestamp(6), '%%Y-%%m-%%dT%%H:%%i:%%s.%%fZ') AS at, uuid_short() & 72057594037927935 AS number;
