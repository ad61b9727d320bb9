-- Make a sequence like the source's.
-- Locks: nothing of the user's.
-- Twice: yes.
CREATE SEQUENCE IF NOT EXISTS {sequence} AS {type} INCREMENT BY %(increment)s MINVALUE %(minimum)s MAXVALUE %(maximum)s
  START WITH %(start)s CACHE %(cache)s {cycling};
