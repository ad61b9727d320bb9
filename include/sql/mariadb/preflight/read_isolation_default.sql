-- How much of others' work a transaction sees unless it says otherwise.
-- Locks: nothing.
-- Twice: yes.
SELECT @@GLOBAL.tx_isolation;
