"""What an account has, and how it is set: ``/v5/account``."""
