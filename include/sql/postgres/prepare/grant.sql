-- Give a role the right that it has on the old table.
-- Locks: nothing.
-- Twice: yes.
GRANT {privilege} ON TABLE {table} TO {grantee} {grantable};
