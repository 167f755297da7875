"""A contact centre on a virtual clock, with the product's own matching. See docs/simulation.md."""
