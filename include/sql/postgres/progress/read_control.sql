-- What a person has asked of a migration's speed.
-- Locks: nothing that keeps a writer out.
-- Twice: yes.
SELECT pace, pace_by, paused_at, paused_by, reason, log_room, log_room_by
FROM airlift.controls
WHERE migration = %(migration)s;
