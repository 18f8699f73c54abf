"""Binance USDⓈ-M futures: ``/fapi``, ``/futures/data``, streams under ``/um``, WebSocket API ``/ws-fapi/v1``."""
