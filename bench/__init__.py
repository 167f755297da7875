"""`make bench`: the figures of docs/benchmarks.md, each beside its limit, measured in the same run."""
