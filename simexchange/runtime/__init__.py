"""Hold the clock and the one writer."""
