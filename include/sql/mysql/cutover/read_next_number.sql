-- The next number that a table gives out, as it is now. Joined with its likes by UNION ALL.
-- Locks: nothing.
-- Twice: yes.
SELECT %(no)s AS no, COALESCE(MAX(AUTO_INCREMENT), 1) AS next
  FROM information_schema.TABLES WHERE TABLE_SCHEMA = %(schema)s AND TABLE_NAME = %(name)s
