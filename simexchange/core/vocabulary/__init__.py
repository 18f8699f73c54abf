"""The words every room may use."""
