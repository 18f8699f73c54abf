"""Searching for the faults that break a test, and for the fewest of them that do."""
