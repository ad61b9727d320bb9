-- Where unqualified names are looked up in this transaction. Takes no snapshot.
-- Locks: nothing.
-- Twice: yes.
SET LOCAL search_path = {schemas};
