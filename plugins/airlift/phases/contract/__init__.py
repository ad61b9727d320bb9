"""The end: views, triggers and bookkeeping go."""
