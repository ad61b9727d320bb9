-- A window's keys get their verdict now.
-- Locks: nothing of the user's.
-- Twice: yes.
DELETE u FROM {keys} AS k STRAIGHT_JOIN {unverified} AS u ON {matching};
