"""Binance spot: `/api/v3`, the part of `/sapi` that clients ask for, the spot streams and the WebSocket API."""
