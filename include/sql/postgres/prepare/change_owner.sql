-- Give an object the owner of the one whose place it takes.
-- Locks: the object, that nobody uses yet.
-- Twice: yes.
ALTER {kind} {object} OWNER TO {owner};
