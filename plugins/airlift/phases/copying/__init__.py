"""The dump and bulk import of what was there at X, with keys and indexes afterwards."""
