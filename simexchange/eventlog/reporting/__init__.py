"""The report of an account: what it came to, drawn on one page."""
