-- A window's keys get their verdict now.
-- Locks: nothing of the user's.
-- Twice: yes.
DELETE FROM {unverified} AS u USING {keys} AS k WHERE {matching};
