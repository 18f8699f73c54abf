"""The event log: remembers every step, on disk, and tells it again."""
