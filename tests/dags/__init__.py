"""The DAGs: their shape, what runs after which answer, and how a task ends."""
