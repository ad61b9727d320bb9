-- Add a foreign key without a look at the rows: those that we bring held it where they come from.
-- Locks: both tables, exclusively, for a moment.
-- Twice: no, it is there.
ALTER TABLE {child} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {parent} ({parent_columns}) {actions};
