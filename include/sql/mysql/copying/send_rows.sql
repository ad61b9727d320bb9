-- Send the rows of a range of keys, each by itself: some are too long to stand in one text with others, or even with themselves.
-- Locks: nothing that stops a writer.
-- Twice: yes.
SELECT {pieces}, 1 FROM {table} WHERE {range};
