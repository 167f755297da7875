"""The door of the supervisor's console: thresholds and alerts."""
