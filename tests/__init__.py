"""The tests. A package, so that fixture files can be named in full."""
