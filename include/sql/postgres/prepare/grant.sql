-- Give a role the right that it has on the old table, on a column of it, or on its sequence.
-- Locks: nothing.
-- Twice: yes.
GRANT {privilege} {columns} ON {kind} {object} TO {grantee} {grantable};
