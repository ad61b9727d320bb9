"""Delta windows that carry what came after X, and the full comparison of both sides."""
