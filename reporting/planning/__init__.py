"""The planner: past days replayed with another configuration (docs/reports.md, "Planning")."""
