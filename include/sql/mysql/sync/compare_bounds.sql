-- Whether a table sorts one of two keys not below the other. No row: it has not both.
-- Locks: nothing that stops a writer.
-- Twice: yes.
SELECT ({lower_key}) <= ({upper_key})
  FROM (SELECT {key} FROM {table} WHERE {lower}) AS l, (SELECT {key} FROM {table} WHERE {upper}) AS u;
