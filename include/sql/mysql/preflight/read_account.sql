-- Who we are here. Rights that come from a role can't be told one by one.
-- Locks: nothing.
-- Twice: yes.
SELECT CURRENT_USER() AS account, COALESCE(NULLIF(CURRENT_ROLE(), 'NONE'), '') AS role;
