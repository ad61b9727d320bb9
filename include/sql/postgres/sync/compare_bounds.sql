-- Whether a table sorts one of two keys not below the other. No row: it has not both.
-- Locks: the table, ACCESS SHARE.
-- Twice: yes.
SELECT ({lower_key}) <= ({upper_key})
  FROM (SELECT {key} FROM ONLY {table} WHERE {lower}) AS l, (SELECT {key} FROM ONLY {table} WHERE {upper}) AS u;
