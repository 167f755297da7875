"""SMS providers: one folder each, found by itself. See README.md."""
