-- The sessions of our account that are called as a migration's are, but for this one. The server knows names only where its
-- performance_schema is on.
-- Locks: nothing.
-- Twice: yes.
SELECT p.ID AS pid, a.ATTR_VALUE AS application, lower(p.COMMAND) AS state, p.TIME AS seconds, coalesce(p.STATE, '') AS waits_for
  FROM performance_schema.session_account_connect_attrs AS a
  JOIN information_schema.PROCESSLIST AS p ON p.ID = a.PROCESSLIST_ID
 WHERE a.ATTR_NAME = 'program_name' AND p.ID <> connection_id() AND left(a.ATTR_VALUE, char_length(%(prefix)s)) = %(prefix)s
 ORDER BY 2, 1;
