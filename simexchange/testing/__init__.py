"""The exchange for your own tests: context manager, decorator, pytest plugin."""
