"""One factory per model: valid by default."""
