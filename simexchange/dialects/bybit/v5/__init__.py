"""Bybit v5: REST under ``/v5``, public sockets ``/v5/public/…``, private ``/v5/private``, orders ``/v5/trade``."""
