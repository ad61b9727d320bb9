-- Add a foreign key for new rows; the rows that are there are checked later, without stopping writers.
-- Locks: both tables, SHARE ROW EXCLUSIVE. Under the fence, or where nobody else writes.
-- Twice: no; one transaction with the decision.
ALTER TABLE {child} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {parent} ({parent_columns}) {actions} NOT VALID;
