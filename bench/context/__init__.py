"""What others do with the same machine: contestants of `bench.assignment` that are not of this product."""
