"""Every screen of the product, as one table: for its pictures in docs/screens and for the rules of access."""
