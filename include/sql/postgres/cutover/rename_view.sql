-- Give a view another name.
-- Locks: the view, that nobody uses yet.
-- Twice: no; one transaction with the decision.
ALTER VIEW {view} RENAME TO {name};
